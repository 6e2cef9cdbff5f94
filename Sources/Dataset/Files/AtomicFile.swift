public import Foundation
import Imaging

#if canImport(Glibc)
  import Glibc
#endif

/// A file could not be written.
///
/// An earlier version of the file is unchanged.
public struct WriteError: Error, Sendable, CustomStringConvertible {
  /// The file that was to be written.
  public let path: String
  /// The system's error number.
  public let code: Int32

  /// An error for the file at `path` with the system's error number `code` (`errno`).
  public init(path: String, code: Int32) { (self.path, self.code) = (path, code) }

  /// One sentence that says what to do.
  public var description: String {
    let reason = String(cString: strerror(code))
    return switch code {
    case ENOSPC, EDQUOT:
      "\(SystemPath.readable(path)): the disk is full; finished files are safe; free some space and run the command again"
    case EACCES, EPERM, EROFS:
      "\(SystemPath.readable(path)): writing is not permitted here (\(reason)); choose another output folder"
    default: "\(SystemPath.readable(path)): \(reason)"
    }
  }
}

/// Writes all of `bytes` to an open file, in as many pieces as the system requires.
///
/// - Returns: 0, or the system's error number.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
    if count < 0 {
      let code = errno
      // EAGAIN: a terminal is not ready for more output yet.
      if code == EINTR || code == EAGAIN { continue }
      return code
    }
    rest = rest.dropFirst(count)
  }
  return 0
}

/// Writes files so that they are complete or absent: to a temporary name, flushed, then renamed.
public enum AtomicFile {
  /// Writes `bytes` to `url`, and creates its folder if needed.
  ///
  /// - Parameters:
  ///   - bytes: The content.
  ///   - url: The file to create or replace.
  /// - Throws: `WriteError`.
  public static func write(_ bytes: some ContiguousBytes, to url: URL) throws {
    try write(to: url) { file in
      try bytes.withUnsafeBytes { try file.append($0) }
    }
  }

  /// Writes a file in pieces.
  ///
  /// It appears under its name after `body` has returned.
  ///
  /// - Parameters:
  ///   - url: The file to create or replace.
  ///   - body: Appends the content.
  /// - Throws: `WriteError`, or what `body` throws; then no file appears.
  public static func write(to url: URL, _ body: (borrowing Writer) throws -> Void) throws {
    try makeFolder(url.deletingLastPathComponent())
    let temporary = temporary(for: url)
    let writer = try Writer(path: temporary)
    do {
      try body(writer)
      try writer.flush()
      try rename(temporary, to: url)
    } catch {
      _ = SystemPath.withCString(temporary) { unlink($0) }
      throw error
    }
  }

  /// Lets another program write a file.
  ///
  /// - Parameters:
  ///   - url: The file to create or replace.
  ///   - body: Writes the file at the path that it gets; the file appears at `url` after `body` has returned.
  /// - Throws: `WriteError`, or what `body` throws; then no file appears.
  public static func make(_ url: URL, _ body: (String) async throws -> Void) async throws {
    try makeFolder(url.deletingLastPathComponent())
    let temporary = temporary(for: url)
    do {
      let descriptor = SystemPath.withCString(temporary) {
        open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      }
      guard descriptor >= 0 else { throw WriteError(path: url.path, code: errno) }
      defer { close(descriptor) }
      try await body(temporary)
      guard fdatasync(descriptor) == 0 else { throw WriteError(path: url.path, code: errno) }
      try rename(temporary, to: url)
    } catch {
      _ = SystemPath.withCString(temporary) { unlink($0) }
      throw error
    }
  }

  /// A new temporary name beside `url`; it is short, because the target's name may already have the maximum length.
  private static func temporary(for url: URL) -> String {
    url.deletingLastPathComponent()
      .appendingPathComponent(".easel-\(getpid())-\(UInt32.random(in: .min ... .max)).part").path
  }

  private static func rename(_ path: String, to url: URL) throws {
    let status = SystemPath.withCString(path) { from in
      SystemPath.withCString(url.path) { Glibc.rename(from, $0) }
    }
    guard status == 0 else { throw WriteError(path: url.path, code: errno) }
  }

  /// Creates the folder at `url` and its missing parents.
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

  /// Removes incomplete files that killed runs left directly in `folder`.
  public static func removeLeftovers(in folder: URL) {
    for name in FolderScan.names(in: folder.path) ?? [] where name.hasPrefix(".") && name.hasSuffix(".part") {
      _ = SystemPath.withCString(folder.appendingPathComponent(name).path) { unlink($0) }
    }
  }

  /// An open file to which bytes are appended.
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
