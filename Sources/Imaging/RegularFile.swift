#if canImport(Glibc)
  import Glibc
#endif

/// A regular file, open for reading.
///
/// Pipes, sockets and devices are rejected before they are opened, because opening or reading them can block
/// forever.
public struct RegularFile: ~Copyable {
  /// The size in bytes when the file was opened.
  public let size: Int
  private let descriptor: Int32

  /// Opens the file at `path`; links are followed.
  ///
  /// - Throws: `ImagingError` without a path: `missing`, `permission-denied`, `not-an-image` for other kinds
  ///   of files, or `read-error` with the system's message.
  public init(path: String) throws(ImagingError) {
    var status = stat()
    guard SystemPath.withCString(path, { stat($0, &status) }) == 0 else { throw RegularFile.failure(errno) }
    try RegularFile.requireRegular(status)
    let file = SystemPath.withCString(path) { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard file >= 0 else { throw RegularFile.failure(errno) }
    // The path may lead to another file now.
    guard fstat(file, &status) == 0 else {
      let code = errno
      close(file)
      throw RegularFile.failure(code)
    }
    do throws(ImagingError) { try RegularFile.requireRegular(status) } catch {
      close(file)
      throw error
    }
    descriptor = file
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// The bytes from `offset` on: `count` of them, or fewer at the end of the file.
  ///
  /// - Throws: `ImagingError` with `read-error`.
  public func read(_ count: Int, at offset: Int = 0) throws(ImagingError) -> [UInt8] {
    var problem: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      while written < count {
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + written }, count - written, off_t(offset + written))
        if got > 0 {
          written += got
        } else if got < 0, errno == EINTR {
          continue
        } else {
          problem = got < 0 ? errno : 0
          break
        }
      }
    }
    guard problem == 0 else { throw RegularFile.failure(problem) }
    return bytes
  }

  private static func requireRegular(_ status: stat) throws(ImagingError) {
    let kind: String
    switch status.st_mode & S_IFMT {
    case S_IFREG: return
    case S_IFDIR: kind = "a folder"
    case S_IFIFO: kind = "a pipe"
    case S_IFSOCK: kind = "a socket"
    default: kind = "a device"
    }
    throw ImagingError(.notAnImage, reason: "\(kind), not a file")
  }

  private static func failure(_ code: Int32) -> ImagingError {
    switch code {
    case ENOENT, ENOTDIR: ImagingError(.missing, reason: "no such file")
    case EACCES, EPERM: ImagingError(.permissionDenied, reason: "the system denies access")
    default: ImagingError(.readError, reason: String(cString: strerror(code)))
    }
  }
}
