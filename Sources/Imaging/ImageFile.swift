public import Foundation

/// Reads images from files.
public enum ImageFile {
  /// The most bytes that a file may have: 1 GiB.
  public static let byteLimit = 1 << 30

  /// Decodes the image file at `path`; see `ImageCodec.decode`.
  ///
  /// - Throws: `ImagingError` with the path, and `missing`, `permission-denied`, `read-error`, `not-an-image` (for folders, pipes
  ///   and devices too, which are never opened) or any code that decoding has.
  public static func read(
    path: String, pixelLimit: Int = ImageCodec.defaultPixelLimit,
    sampleLimit: Int = ImageCodec.defaultSampleLimit,
    minimumSide: Int? = nil
  ) throws(ImagingError) -> DecodedImage {
    do throws(ImagingError) {
      return try ImageCodec.decode(
        try contents(path), pixelLimit: pixelLimit, sampleLimit: sampleLimit, minimumSide: minimumSide)
    } catch { throw error.at(path: path) }
  }

  /// Decodes the image file at `url`; see `read(path:pixelLimit:sampleLimit:minimumSide:)`.
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
      // Most headers, the EXIF block included, are at the beginning. WebP may keep its EXIF block at the end, TIFF its directory
      // anywhere, HEIC its metadata, and GIF and TIFF are read to see whether more follows.
      let head = try contents(path, atMost: 256 << 10)
      if [.jpeg, .png, .bmp, .pnm].contains(try ImageFormat.detect(head)) {
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
    let file = try RegularFile(path: path)
    guard file.size > 0 else { throw ImagingError(.empty, reason: "no bytes") }
    _ = try ImageFormat.detect(try file.read(min(file.size, 32)))
    guard file.size <= byteLimit else {
      throw ImagingError(.tooLarge, reason: "a file of \(file.size) bytes, at most \(byteLimit) are read")
    }
    return try file.read(min(file.size, limit))
  }
}
