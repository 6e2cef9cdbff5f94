public import Foundation

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

  /// One sentence with the way out.
  public var description: String {
    let reason = String(cString: strerror(code))
    return switch code {
    case ENOSPC, EDQUOT:
      "\(path): the disk is full; what was finished is safe: free some space and run the command again"
    case EACCES, EPERM, EROFS:
      "\(path): this place may not be written (\(reason)); choose another output folder"
    default: "\(path): \(reason)"
    }
  }
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
    let temporary = url.deletingLastPathComponent()
      .appendingPathComponent(
        ".\(url.lastPathComponent).\(getpid())-\(UInt32.random(in: .min ... .max)).part")
    let writer = try Writer(path: temporary.path)
    do {
      try body(writer)
      try writer.close()
      guard rename(temporary.path, url.path) == 0 else { throw WriteError(path: url.path, code: errno) }
    } catch {
      unlink(temporary.path)
      throw error
    }
  }

  /// Makes the folder at `url` and those above it.
  ///
  /// - Throws: `WriteError`.
  public static func makeFolder(_ url: URL) throws {
    if mkdir(url.path, 0o777) == 0 { return }
    let code = errno
    if code == EEXIST {
      var status = stat()
      guard stat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        throw WriteError(path: url.path, code: ENOTDIR)
      }
      return
    }
    guard code == ENOENT, url.path != "/" else { throw WriteError(path: url.path, code: code) }
    try makeFolder(url.deletingLastPathComponent())
    guard mkdir(url.path, 0o777) == 0 || errno == EEXIST else {
      throw WriteError(path: url.path, code: errno)
    }
  }

  /// Removes what killed runs left half-written directly in `folder`.
  public static func removeLeftovers(in folder: URL) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where name.hasPrefix(".") && name.hasSuffix(".part") {
      unlink(folder.appendingPathComponent(name).path)
    }
  }

  /// An open file that takes bytes at its end.
  public struct Writer: ~Copyable {
    private let descriptor: Int32
    private let path: String

    fileprivate init(path: String) throws {
      descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      self.path = path
      guard descriptor >= 0 else { throw WriteError(path: path, code: errno) }
    }

    /// Appends `bytes`.
    ///
    /// - Throws: `WriteError`.
    public func append(_ bytes: UnsafeRawBufferPointer) throws {
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 {
          if errno == EINTR { continue }
          throw WriteError(path: path, code: errno)
        }
        rest = rest.dropFirst(count)
      }
    }

    /// Flushes to the disk, so that a rename never names a file without its content.
    fileprivate func close() throws {
      guard fdatasync(descriptor) == 0 else { throw WriteError(path: path, code: errno) }
    }

    deinit { Glibc.close(descriptor) }
  }
}
