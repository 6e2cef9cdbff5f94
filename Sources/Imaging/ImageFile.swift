public import Foundation

/// Reads images from files.
public enum ImageFile {
  /// The maximum size of a file in bytes: 1 GiB.
  public static let byteLimit = 1 << 30

  /// Decodes the image file at `path`; see `ImageCodec.decode`.
  ///
  /// - Throws: `ImagingError` with the path and the code `missing`, `permission-denied`, `read-error`,
  ///   `not-an-image` (also for folders, pipes and devices, which are never opened) or a code of decoding.
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
      // Most headers, including the EXIF block, are at the beginning. WebP may have its EXIF block at the
      // end, TIFF and HEIC their metadata anywhere, and GIF and TIFF are read completely to count frames and
      // pages.
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
  /// A file that does not begin like an image is rejected without reading the rest.
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
      throw ImagingError(.tooLarge, reason: "the file has \(file.size) bytes, and the limit is \(byteLimit)")
    }
    return try file.read(min(file.size, limit))
  }
}
