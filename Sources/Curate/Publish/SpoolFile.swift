import Dataset
import Foundation
import Imaging

#if canImport(Glibc)
  import Glibc
#endif

/// A file that is written line by line under a temporary name; `Publication` gives it its name when it is complete.
///
/// The name is one of those that `AtomicFile.removeLeftovers` removes after a kill.
final class SpoolFile {
  /// The temporary file.
  let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var hasher = Hasher256()

  /// Creates the temporary file for `url` beside it.
  ///
  /// - Throws: `WriteError`.
  init(for url: URL) throws {
    let folder = url.deletingLastPathComponent()
    try AtomicFile.makeFolder(folder)
    path = folder.appendingPathComponent(".\(url.lastPathComponent)-\(getpid()).part").path
    descriptor = SystemPath.withCString(path) { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666) }
    guard descriptor >= 0 else { throw WriteError(path: url.path, code: errno) }
  }

  /// Appends `bytes`.
  ///
  /// - Throws: `WriteError`.
  func append(_ bytes: some Sequence<UInt8>) throws {
    buffer += bytes
    if buffer.count >= 1 << 20 { try write() }
  }

  /// Writes the rest to the disk.
  ///
  /// - Returns: The SHA-256 of the file.
  /// - Throws: `WriteError`.
  func finish() throws -> String {
    try write()
    guard fdatasync(descriptor) == 0 else { throw WriteError(path: path, code: errno) }
    return hasher.finish().hex
  }

  /// Closes the file; removes it if it still has its temporary name.
  deinit {
    close(descriptor)
    _ = SystemPath.withCString(path) { unlink($0) }
  }

  private func write() throws {
    let code = buffer.withUnsafeBytes { bytes in
      hasher.update(bytes)
      return writeAll(bytes, to: descriptor)
    }
    guard code == 0 else { throw WriteError(path: path, code: code) }
    buffer.removeAll(keepingCapacity: true)
  }
}
