import Dataset
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A hidden temporary folder that is renamed to its final name when all its files are written.
///
/// `.easel-export` in the finished folder lists the files, so that a later export can replace the folder if no file was
/// added or changed.
final class Staging {
  let target: URL
  private let folder: URL
  private var listing: [String] = []

  /// Creates the temporary folder for `target`.
  ///
  /// - Throws: `ExportError.foreign` if the target contains a file that no export wrote; `WriteError`.
  init(for target: URL) throws {
    self.target = target
    try Self.checkReplaceable(target)
    let parent = target.deletingLastPathComponent()
    try AtomicFile.makeFolder(parent)
    folder = parent.appendingPathComponent(".\(target.lastPathComponent).easel-export", isDirectory: true)
    // Remove the folder of a killed export.
    try? FileManager.default.removeItem(at: folder)
    try AtomicFile.makeFolder(folder)
  }

  /// Creates the file called `path`.
  ///
  /// - Throws: `WriteError`.
  func file(_ path: String) throws -> StagedFile {
    let url = folder.appendingPathComponent(path)
    try AtomicFile.makeFolder(url.deletingLastPathComponent())
    return try StagedFile(path: url.path)
  }

  /// Closes a file and lists it.
  ///
  /// - Returns: Its size in bytes and its digest.
  @discardableResult
  func end(_ file: StagedFile, as path: String) throws -> (size: Int, digest: Digest) {
    let (size, digest) = try file.close()
    listing.append("\(digest.hex)  \(path)")
    return (size, digest)
  }

  /// Writes a whole file.
  @discardableResult
  func write(_ bytes: [UInt8], to path: String) throws -> (size: Int, digest: Digest) {
    let file = try file(path)
    try file.append(bytes)
    return try end(file, as: path)
  }

  /// Appends the contents of the temporary file `part`, called `path`, to `file`, and removes it.
  ///
  /// - Throws: `WriteError`, or Foundation's error if it cannot be read again.
  func append(_ part: StagedFile, at path: String, to file: StagedFile) throws {
    _ = try part.close()
    let url = folder.appendingPathComponent(path)
    let source = try FileHandle(forReadingFrom: url)
    defer { try? source.close() }
    while let piece = try source.read(upToCount: 1 << 18), !piece.isEmpty { try file.append(piece) }
    unlink(url.path)
  }

  /// Flushes everything to disk and renames the folder.
  ///
  /// - Throws: `WriteError`, `ExportError.foreign`.
  func finish() throws {
    let text = listing.sorted { $0.dropFirst(66) < $1.dropFirst(66) }.map { $0 + "\n" }.joined()
    let marker = try StagedFile(path: folder.appendingPathComponent(Self.marker).path)
    try marker.append(Array(text.utf8))
    _ = try marker.close()
    // One flush for all files instead of one for each, because there may be a hundred thousand.
    sync()
    try Self.checkReplaceable(target)
    if FileManager.default.fileExists(atPath: target.path) {
      let old = folder.deletingLastPathComponent().appendingPathComponent(
        ".\(target.lastPathComponent).easel-replaced", isDirectory: true)
      try? FileManager.default.removeItem(at: old)
      guard rename(target.path, old.path) == 0 else { throw WriteError(path: target.path, code: errno) }
      guard rename(folder.path, target.path) == 0 else {
        let code = errno
        rename(old.path, target.path)
        throw WriteError(path: target.path, code: code)
      }
      try? FileManager.default.removeItem(at: old)
    } else if rename(folder.path, target.path) != 0 {
      throw WriteError(path: target.path, code: errno)
    }
  }

  /// Removes the unfinished folder.
  func discard() { try? FileManager.default.removeItem(at: folder) }

  /// The file that lists an export's files.
  private static let marker = ".easel-export"

  /// Checks that the folder does not exist, is empty, or contains only what an export wrote.
  private static func checkReplaceable(_ target: URL) throws {
    var status = stat()
    guard stat(target.path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw WriteError(path: target.path, code: ENOTDIR) }
    let present =
      FileManager.default.enumerator(atPath: target.path)?.allObjects.compactMap { $0 as? String } ?? []
    let files = present.filter { !FolderScan.isFolder(target.appendingPathComponent($0).path) }
    let text = (try? String(contentsOf: target.appendingPathComponent(marker), encoding: .utf8)) ?? ""
    let listed = Dictionary(
      text.split(separator: "\n").map { (String($0.dropFirst(66)), String($0.prefix(64))) },
      uniquingKeysWith: { $1 })
    for file in files.sorted() where file != marker {
      guard let digest = listed[file], try Digest(ofFile: target.appendingPathComponent(file)).hex == digest
      else { throw ExportError.foreign(target.path, file: file) }
    }
  }
}

/// A file to append to, with its size and digest.
final class StagedFile {
  private var descriptor: Int32
  private let path: String
  private var waiting: [UInt8] = []
  private var hasher = Hasher256()
  /// The number of bytes appended.
  private(set) var size = 0

  fileprivate init(path: String) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    self.path = path
    guard descriptor >= 0 else { throw WriteError(path: path, code: errno) }
  }

  /// Appends `bytes`.
  ///
  /// - Throws: `WriteError`.
  func append(_ bytes: some Sequence<UInt8>) throws {
    waiting += bytes
    if waiting.count > 1 << 18 { try flush() }
  }

  /// Appends text as UTF-8.
  func append(_ text: String) throws { try append(text.utf8) }

  fileprivate func close() throws -> (size: Int, digest: Digest) {
    try flush()
    Glibc.close(descriptor)
    descriptor = -1
    return (size, hasher.finish())
  }

  private func flush() throws {
    size += waiting.count
    try waiting.withUnsafeBytes { bytes in
      hasher.update(bytes)
      let code = writeAll(bytes, to: descriptor)
      guard code == 0 else { throw WriteError(path: path, code: code) }
    }
    waiting.removeAll(keepingCapacity: true)
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }
}
