import Dataset
import Foundation
import Imaging
import Ledger

#if canImport(Glibc)
  import Glibc
#endif

/// Writes the files of a dataset and removes outdated ones.
///
/// Images are written first, then the manifests; outdated files are removed last. So the manifest never lists a missing file.
/// Only files that an earlier publication recorded are removed. Each file is recorded after it is written, so that an
/// interrupted publication continues where it stopped.
struct Publication: Sendable {
  let output: OutputFolder
  let ledger: Ledger
  let jobs: Int
  /// The version of the published images; a change makes all images outdated.
  static let version = 1

  /// Writes the images that are missing or outdated.
  ///
  /// - Parameters:
  ///   - samples: The samples of the dataset.
  ///   - key: Everything that an image depends on, as text; an image with an unchanged key is not made again.
  ///   - render: Makes the image.
  /// - Returns: The SHA-256 of each image's file by path.
  /// - Throws: The errors of `render`, `WriteError`, `LedgerError` or `CancellationError`.
  func writeImages(
    _ samples: [Sample], key: @escaping @Sendable (Sample) -> String,
    render: @escaping @Sendable (Sample) throws -> ImageBuffer
  ) async throws -> [String: String] {
    let published = try ledger.published()
    for split in Split.allCases {
      for domain in Domain.allCases { AtomicFile.removeLeftovers(in: output.samples(split, domain)) }
    }
    var digests: [String: String] = [:]
    try await orderedMap(samples, jobs: jobs, makeWorker: {}) { sample, _ -> String in
      let path = sample.fileName ?? ""
      let key = Digest(of: "image \(Self.version) \(key(sample))").hex
      let url = output.url.appendingPathComponent(path)
      if let known = published[path], known.madeOf == key, Self.size(of: url) == known.size {
        return known.sha256
      }
      let bytes = try render(sample).png()
      // The old record is removed first, so that a kill between writing and recording leaves no wrong record.
      try ledger.forgetOrigin(ofPublished: path)
      try AtomicFile.write(bytes, to: url)
      let sha256 = Digest(of: bytes).hex
      try ledger.record(PublishedFile(path: path, sha256: sha256, madeOf: key, size: bytes.count))
      return sha256
    } deliver: { sample, sha256 in
      digests[sample.fileName ?? ""] = sha256
    }
    return digests
  }

  /// Writes a file if its bytes differ from the existing file; returns whether it was written.
  ///
  /// If a user changed the published file, that version is kept as `<name>.edited`.
  @discardableResult
  func write(_ bytes: [UInt8], to url: URL, notes: inout [String]) throws -> Bool {
    let path = relative(url)
    let sha256 = Digest(of: bytes).hex
    let present = Self.size(of: url) == nil ? nil : try? Digest(ofFile: url).hex
    let known = try ledger.published()[path]?.sha256
    if present == sha256 {
      if known != sha256 { try ledger.record(PublishedFile(path: path, sha256: sha256)) }
      return false
    }
    if let present, let known, present != known {
      let edited = url.appendingPathExtension("edited")
      try AtomicFile.write(try Data(contentsOf: url), to: edited)
      notes.append("\(path) was changed by hand; that version is kept as \(relative(edited))")
    }
    try AtomicFile.write(bytes, to: url)
    try ledger.record(PublishedFile(path: path, sha256: sha256))
    return true
  }

  /// Removes published files that are not in `paths`; returns their number.
  func removeOthers(than paths: Set<String>) throws -> Int {
    var removed = 0
    for path in try ledger.published().keys.sorted() where !paths.contains(path) {
      if unlink(output.url.appendingPathComponent(path).path) != 0, errno != ENOENT {
        throw WriteError(path: output.url.appendingPathComponent(path).path, code: errno)
      }
      try ledger.forgetPublished(path)
      removed += 1
    }
    return removed
  }

  /// The digest of the names and sizes of all published files; nil if one is missing.
  func state() throws -> String? {
    var lines = ""
    for path in try ledger.published().keys.sorted() {
      guard let size = Self.size(of: output.url.appendingPathComponent(path)) else { return nil }
      lines += "\(path) \(size)\n"
    }
    return Digest(of: lines).hex
  }

  /// The path of `url` as the ledger records it.
  func relative(_ url: URL) -> String {
    let base = output.url.path + "/"
    return url.path.hasPrefix(base) ? String(url.path.dropFirst(base.count)) : url.path
  }

  private static func size(of url: URL) -> Int? {
    var status = stat()
    return stat(url.path, &status) == 0 ? Int(status.st_size) : nil
  }
}
