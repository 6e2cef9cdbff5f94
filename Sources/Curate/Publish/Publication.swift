import Dataset
import Foundation
import Imaging
import Ledger
import PublishedDataset

#if canImport(Glibc)
  import Glibc
#endif

/// Writes the files of a dataset and removes outdated ones.
///
/// Images are written first, then the manifests; outdated files are removed last. So the manifest never lists a missing file.
/// Only files that an earlier publication recorded are removed. Files are recorded after they are written, so that an
/// interrupted publication continues where it stopped.
struct Publication: Sendable {
  let output: OutputFolder
  let ledger: Ledger
  /// The version of the published images; a change makes all images outdated.
  static let version = 1

  /// An image, or an archive of images, to write.
  struct Image: Sendable {
    /// Its path relative to the dataset's folder.
    let path: String
    /// The digest of everything that it depends on.
    let key: String
    /// Whether its file is already up to date.
    let isCurrent: Bool
  }

  /// Removes incomplete images that killed runs left.
  func removeLeftovers() {
    AtomicFile.removeLeftovers(in: output.url)
    for split in Split.allCases {
      AtomicFile.removeLeftovers(in: output.imageFolder.appendingPathComponent(split.rawValue))
      for domain in Domain.allCases { AtomicFile.removeLeftovers(in: output.samples(split, domain)) }
    }
  }

  /// Finds out which images must be written, and removes the old records of those.
  ///
  /// - Parameter images: The path of each image, and everything that it depends on, as text; an image for which nothing
  ///   changed is not made again.
  /// - Returns: The images in the same order.
  /// - Throws: `LedgerError`.
  func plan(_ images: [(path: String, key: String)]) throws -> [Image] {
    let published = try ledger.published(images.map(\.path))
    let plan = images.map { path, key in
      let key = Digest(of: "image \(Self.version) \(key)").hex
      let known = published[path]
      let isCurrent =
        known?.madeOf == key && known?.size != nil
        && Self.size(of: output.url.appendingPathComponent(path)) == known?.size
      return Image(path: path, key: key, isCurrent: isCurrent)
    }
    // Old records are removed first, so that a kill between writing and recording leaves no wrong record.
    try ledger.forgetOrigin(ofPublished: plan.filter { !$0.isCurrent }.map(\.path))
    return plan
  }

  /// Writes the bytes of an image; returns its record.
  ///
  /// - Throws: `WriteError`.
  func write(_ bytes: [UInt8], of image: Image) throws -> PublishedFile {
    try AtomicFile.write(bytes, to: output.url.appendingPathComponent(image.path))
    return PublishedFile(
      path: image.path, sha256: Digest(of: bytes).hex, madeOf: image.key, size: bytes.count)
  }

  /// Gives a complete archive its name; returns its record.
  ///
  /// - Throws: `WriteError`.
  func install(_ file: SpoolFile, of image: Image, sha256: String, size: Int) throws -> PublishedFile {
    try rename(file, to: output.url.appendingPathComponent(image.path))
    return PublishedFile(path: image.path, sha256: sha256, madeOf: image.key, size: size)
  }

  /// The digest of the sorted lines `path sha256` of all images or archives.
  ///
  /// - Parameter isImage: Whether a published path is an image of the dataset.
  /// - Returns: 64 hexadecimal digits.
  /// - Throws: `LedgerError`.
  func imagesDigest(where isImage: (String) -> Bool) throws -> String {
    var hasher = Hasher256()
    try ledger.eachPublished { path, sha256 in
      guard isImage(path) else { return }
      Array("\(path) \(sha256)\n".utf8).withUnsafeBytes { hasher.update($0) }
    }
    return hasher.finish().hex
  }

  /// Writes a file if its bytes differ from the existing file; returns whether it was written.
  ///
  /// If a user changed the published file, that version is kept as `<name>.edited`.
  @discardableResult
  func write(_ bytes: [UInt8], to url: URL, notes: inout [String]) throws -> Bool {
    let sha256 = Digest(of: bytes).hex
    guard try makeWay(for: url, sha256: sha256, notes: &notes) else { return false }
    try AtomicFile.write(bytes, to: url)
    try ledger.record(PublishedFile(path: relative(url), sha256: sha256))
    return true
  }

  /// The same for a file that was written line by line and whose digest is known.
  func install(_ file: SpoolFile, sha256: String, as url: URL, notes: inout [String]) throws {
    guard try makeWay(for: url, sha256: sha256, notes: &notes) else { return }
    try rename(file, to: url)
    try ledger.record(PublishedFile(path: relative(url), sha256: sha256))
  }

  private func rename(_ file: SpoolFile, to url: URL) throws {
    let status = SystemPath.withCString(file.path) { from in
      SystemPath.withCString(url.path) { Glibc.rename(from, $0) }
    }
    guard status == 0 else { throw WriteError(path: url.path, code: errno) }
  }

  /// Keeps a version of `url` that a user changed; false if the file has the right bytes already.
  private func makeWay(for url: URL, sha256: String, notes: inout [String]) throws -> Bool {
    let path = relative(url)
    let present = Self.size(of: url) == nil ? nil : try? Digest(ofFile: url).hex
    let known = try ledger.published([path])[path]?.sha256
    if present == sha256 {
      if known != sha256 { try ledger.record(PublishedFile(path: path, sha256: sha256)) }
      return false
    }
    if let present, present != known {
      let edited = Self.unusedName(for: url)
      try AtomicFile.write(try Data(contentsOf: url), to: edited)
      notes.append(
        "\(path) was \(known == nil ? "not written by Easel" : "changed by hand"); that version is kept as "
          + relative(edited))
    }
    return true
  }

  /// A name beside `url` that no file has: `<name>.edited`, `<name>.edited-2` and so on.
  private static func unusedName(for url: URL) -> URL {
    var (name, number) = (url.appendingPathExtension("edited"), 1)
    while size(of: name) != nil {
      number += 1
      name = url.appendingPathExtension("edited-\(number)")
    }
    return name
  }

  /// Removes the published files that are not part of the dataset any more.
  func removeFiles(where isOutdated: (String) -> Bool) throws {
    var outdated: [String] = []
    try ledger.eachPublished { path, _ in if isOutdated(path) { outdated.append(path) } }
    for path in outdated {
      if unlink(output.url.appendingPathComponent(path).path) != 0, errno != ENOENT {
        throw WriteError(path: output.url.appendingPathComponent(path).path, code: errno)
      }
    }
    try ledger.forgetPublished(outdated)
  }

  /// The digest of the names and sizes of all published files; nil if one is missing.
  func state() throws -> String? {
    var hasher = Hasher256()
    var isComplete = true
    try ledger.eachPublished { path, _ in
      guard isComplete, let size = Self.size(of: output.url.appendingPathComponent(path)) else {
        isComplete = false
        return
      }
      Array("\(path) \(size)\n".utf8).withUnsafeBytes { hasher.update($0) }
    }
    return isComplete ? hasher.finish().hex : nil
  }

  /// The path of `url` as the ledger records it.
  func relative(_ url: URL) -> String { output.relativePath(of: url) }

  private static func size(of url: URL) -> Int? {
    var status = stat()
    return stat(url.path, &status) == 0 ? Int(status.st_size) : nil
  }
}
