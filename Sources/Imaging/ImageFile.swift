public import Foundation

/// Reads images from files.
public enum ImageFile {
  /// The most bytes that a file may have: 1 GiB.
  public static let byteLimit = 1 << 30

  /// Decodes the image file at `path`; see `ImageCodec.decode`.
  ///
  /// - Throws: `ImagingError` with the path, and `missing`, `permission-denied`, `not-an-image` (for folders, pipes and
  ///   devices too, which are never opened) or any code that decoding has.
  public static func read(
    path: String, pixelLimit: Int = ImageCodec.defaultPixelLimit, minimumSide: Int? = nil
  ) throws(ImagingError) -> DecodedImage {
    do throws(ImagingError) {
      return try ImageCodec.decode(
        try contents(path), pixelLimit: pixelLimit, minimumSide: minimumSide)
    } catch { throw error.at(path: path) }
  }

  /// Decodes the image file at `url`; see `read(path:pixelLimit:minimumSide:)`.
  public static func read(
    _ url: URL, pixelLimit: Int = ImageCodec.defaultPixelLimit, minimumSide: Int? = nil
  ) throws(ImagingError) -> DecodedImage {
    try read(path: url.path, pixelLimit: pixelLimit, minimumSide: minimumSide)
  }

  /// Reads the header of the image file at `path`; see `ImageCodec.inspect`.
  ///
  /// - Throws: `ImagingError` with the path.
  public static func inspect(path: String) throws(ImagingError) -> ImageHeader {
    do throws(ImagingError) {
      // Most headers, the EXIF block included, lie at the beginning; WebP may keep its EXIF block at the end, and a
      // container cut short is no WebP.
      let head = try contents(path, atMost: 256 << 10)
      if try ImageFormat.detect(head) != .webp {
        do throws(ImagingError) { return try ImageCodec.inspect(head) } catch {
          guard error.code == .truncated else { throw error }
        }
      }
      return try ImageCodec.inspect(try contents(path))
    } catch { throw error.at(path: path) }
  }

  /// The bytes of the regular file at `path`, for callers that also want their digest.
  ///
  /// A file that begins like no image is refused without reading on.
  ///
  /// - Throws: `ImagingError` with the path.
  public static func bytes(path: String) throws(ImagingError) -> [UInt8] {
    do throws(ImagingError) { return try contents(path) } catch { throw error.at(path: path) }
  }

  private static func contents(_ path: String, atMost limit: Int = .max) throws(ImagingError) -> [UInt8] {
    // Opening a pipe waits and opening a device can act: look before opening, and again at what was opened.
    var status = stat()
    guard stat(path, &status) == 0 else { throw failure(errno) }
    try requireRegular(status)
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw failure(errno) }
    defer { close(file) }
    guard fstat(file, &status) == 0 else { throw failure(errno) }
    try requireRegular(status)
    let size = Int(status.st_size)
    guard size > 0 else { throw ImagingError(.empty, reason: "no bytes") }
    _ = try ImageFormat.detect(try read(file, count: min(size, 32)))
    guard size <= byteLimit else {
      throw ImagingError(.tooLarge, reason: "a file of \(size) bytes, at most \(byteLimit) are read")
    }
    return try read(file, count: min(size, limit))
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

  private static func read(_ file: Int32, count: Int) throws(ImagingError) -> [UInt8] {
    var problem: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      while written < count {
        let got = pread(
          file, buffer.baseAddress.map { $0 + written }, count - written, off_t(written))
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
    guard problem == 0 else { throw failure(problem) }
    return bytes
  }

  private static func failure(_ code: Int32) -> ImagingError {
    switch code {
    case ENOENT, ENOTDIR: ImagingError(.missing, reason: "no such file")
    case EACCES, EPERM: ImagingError(.permissionDenied, reason: "the system refuses to open it")
    default: ImagingError(.damaged, reason: "the system cannot read it: \(String(cString: strerror(code)))")
    }
  }
}
