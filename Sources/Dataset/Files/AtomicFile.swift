public import Foundation
import Imaging

#if canImport(Glibc)
  import Glibc
#endif

/// A file could not be written; the file that was there before, if any, is untouched.
public struct WriteError: Error, Sendable, CustomStringConvertible {
  /// The file that was to be written.
  public let path: String
  /// The system's error number.
  public let code: Int32

  /// The file at `path` could not be written for the reason `code`, an `errno`.
  public init(path: String, code: Int32) { (self.path, self.code) = (path, code) }

  /// One sentence that says what to do.
  public var description: String {
    let reason = String(cString: strerror(code))
    return switch code {
    case ENOSPC, EDQUOT:
      "\(SystemPath.readable(path)): the disk is full; what was finished is safe: free some space and run the command again"
    case EACCES, EPERM, EROFS:
      "\(SystemPath.readable(path)): this place may not be written (\(reason)); choose another output folder"
    default: "\(SystemPath.readable(path)): \(reason)"
    }
  }
}

/// Writes all of `bytes` to an open file, however small the pieces that the system takes.
///
/// - Returns: 0, or the system's error number.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
    if count < 0 {
      let code = errno
      // A terminal that is not ready for more waits for its reader.
      if code == EINTR || code == EAGAIN { continue }
      return code
    }
    rest = rest.dropFirst(count)
  }
  return 0
}

/// Files that are there whole or not at all: written under another name, flushed, then renamed.
public enum AtomicFile {
  /// Writes `bytes` to `url`, making its folder where needed.
  ///
  /// - Parameters:
  ///   - bytes: The content.
  ///   - url: The file to make or replace.
  /// - Throws: `WriteError`.
  public static func write(_ bytes: some ContiguousBytes, to url: URL) throws {
    try write(to: url) { file in
      try bytes.withUnsafeBytes { try file.append($0) }
    }
  }

  /// Writes a file a piece at a time; it appears under its name when `body` has returned.
  ///
  /// - Parameters:
  ///   - url: The file to make or replace.
  ///   - body: Appends the content.
  /// - Throws: `WriteError`, or what `body` throws; then no file appears.
  public static func write(to url: URL, _ body: (borrowing Writer) throws -> Void) throws {
    try makeFolder(url.deletingLastPathComponent())
    // A short name of its own, because the target's name may already be as long as the system allows.
    let temporary = url.deletingLastPathComponent()
      .appendingPathComponent(".easel-\(getpid())-\(UInt32.random(in: .min ... .max)).part").path
    let writer = try Writer(path: temporary)
    do {
      try body(writer)
      try writer.flush()
      let status = SystemPath.withCString(temporary) { from in
        SystemPath.withCString(url.path) { rename(from, $0) }
      }
      guard status == 0 else { throw WriteError(path: url.path, code: errno) }
    } catch {
      _ = SystemPath.withCString(temporary) { unlink($0) }
      throw error
    }
  }

  /// Makes the folder at `url` and those above it.
  ///
  /// - Throws: `WriteError`.
  public static func makeFolder(_ url: URL) throws {
    let path = url.path
    if SystemPath.withCString(path, { mkdir($0, 0o777) }) == 0 { return }
    let code = errno
    if code == EEXIST {
      guard FolderScan.isFolder(path) else { throw WriteError(path: path, code: ENOTDIR) }
      return
    }
    guard code == ENOENT, path != "/" else { throw WriteError(path: path, code: code) }
    try makeFolder(url.deletingLastPathComponent())
    guard SystemPath.withCString(path, { mkdir($0, 0o777) }) == 0 || errno == EEXIST else {
      throw WriteError(path: path, code: errno)
    }
  }

  /// Removes what killed runs left half-written directly in `folder`.
  public static func removeLeftovers(in folder: URL) {
    for name in FolderScan.names(in: folder.path) ?? [] where name.hasPrefix(".") && name.hasSuffix(".part") {
      _ = SystemPath.withCString(folder.appendingPathComponent(name).path) { unlink($0) }
    }
  }

  /// An open file that takes bytes at its end.
  public struct Writer: ~Copyable {
    private let descriptor: Int32
    private let path: String

    fileprivate init(path: String) throws {
      descriptor = SystemPath.withCString(path) { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
      self.path = path
      guard descriptor >= 0 else { throw WriteError(path: path, code: errno) }
    }

    /// Appends `bytes`.
    ///
    /// - Throws: `WriteError`.
    public func append(_ bytes: UnsafeRawBufferPointer) throws {
      let code = writeAll(bytes, to: descriptor)
      guard code == 0 else { throw WriteError(path: path, code: code) }
    }

    /// Flushes to the disk, so that a rename never names a file without its content.
    fileprivate func flush() throws {
      guard fdatasync(descriptor) == 0 else { throw WriteError(path: path, code: errno) }
    }

    deinit { Glibc.close(descriptor) }
  }
}
