internal import CCodecs

/// What a file's header tells about the image, without its pixels.
public struct ImageHeader: Sendable, Equatable {
  /// The format, told by the bytes.
  public let format: ImageFormat
  /// The size of the upright image in pixels.
  public let size: PixelSize
  /// What one pixel will hold once decoded.
  public let pixels: ImageBuffer.Format
  /// How the image is stored.
  public let orientation: Orientation
  /// Whether there is more than one frame (WebP).
  public let isAnimated: Bool
  /// The quality 1 to 100 whose standard quantisation table comes nearest to the file's; nil but for JPEG.
  public let jpegQuality: Int?
}

/// A decoded image, upright.
public struct DecodedImage: Sendable, Equatable {
  /// The pixels, already turned as the EXIF orientation asks.
  public let image: ImageBuffer
  /// What the header said; `header.size` is the full size even where the pixels were decoded smaller.
  public let header: ImageHeader

  /// The format, told by the bytes.
  public var format: ImageFormat { header.format }
  /// How the image was stored.
  public var orientation: Orientation { header.orientation }
  /// Whether this is the first of more frames.
  public var isAnimated: Bool { header.isAnimated }
  /// An estimate of the quality a JPEG was written with, 1 to 100; nil for other formats.
  public var jpegQuality: Int? { header.jpegQuality }
}

/// Decodes images in memory.
///
/// An image is decoded whole or refused: a JPEG of which libjpeg would paint the missing half grey is `truncated`.
/// The result is 8-bit grey, RGB or RGBA. 16-bit samples are scaled with rounding; gamma chunks and colour profiles
/// are ignored, so samples count as sRGB; CMYK becomes RGB by multiplying inks.
public enum ImageCodec {
  /// The most pixels that are decoded if nothing else is said: 100 megapixels.
  public static let defaultPixelLimit = 100_000_000

  /// Reads the header alone.
  ///
  /// - Parameter bytes: A file, or enough of its beginning.
  /// - Returns: Format, upright size and what else the header tells.
  /// - Throws: `ImagingError` as `decode` does, except for what only the pixels show.
  public static func inspect(_ bytes: [UInt8]) throws(ImagingError) -> ImageHeader {
    let format = try ImageFormat.detect(bytes)
    return try bytes.withUnsafeBufferPointer { bytes throws(ImagingError) in
      try header(bytes, format: format)
    }
  }

  /// Decodes `bytes` to an upright image.
  ///
  /// - Parameters:
  ///   - bytes: A whole file.
  ///   - pixelLimit: The most pixels the header may declare; checked before memory is reserved.
  ///   - minimumSide: For thumbnails: a JPEG may come 2, 4 or 8 times smaller, as long as its shorter side keeps
  ///     this many pixels. Other formats come in full size.
  /// - Returns: The upright image and its header.
  /// - Throws: `ImagingError` with `empty-file`, `not-an-image`, `unreadable`, `truncated` or `too-large`.
  public static func decode(
    _ bytes: [UInt8], pixelLimit: Int = defaultPixelLimit, minimumSide: Int? = nil
  ) throws(ImagingError) -> DecodedImage {
    let format = try ImageFormat.detect(bytes)
    return try bytes.withUnsafeBufferPointer { bytes throws(ImagingError) in
      let header = try header(bytes, format: format)
      guard header.size.area <= pixelLimit else {
        throw ImagingError(
          .tooLarge,
          reason: "\(header.size.width) x \(header.size.height) pixels, at most \(pixelLimit) are decoded")
      }
      let stored = header.orientation.upright(header.size)
      let image: ImageBuffer
      switch format {
      case .jpeg:
        let shrink = shrink(stored, minimumSide: minimumSide)
        let size = PixelSize(
          width: (stored.width + shrink - 1) / shrink, height: (stored.height + shrink - 1) / shrink)
        image = try fill(size, header.pixels) { pixels, message in
          codecs_jpeg_decode(
            bytes.start, bytes.count, UInt32(shrink), pixels.start, pixels.count, message)
        }
      case .png:
        image = try fill(stored, header.pixels) { pixels, message in
          codecs_png_decode(bytes.start, bytes.count, pixels.start, pixels.count, message)
        }
      case .webp:
        image = try fill(stored, header.pixels) { pixels, message in
          codecs_webp_decode(bytes.start, bytes.count, pixels.start, pixels.count, message)
        }
      case .bmp: image = try Bitmap(bytes).decode(bytes)
      case .pnm: image = try Netpbm(bytes).decode(bytes)
      }
      return DecodedImage(image: image.upright(from: header.orientation), header: header)
    }
  }

  private static func header(
    _ bytes: UnsafeBufferPointer<UInt8>, format: ImageFormat
  ) throws(ImagingError) -> ImageHeader {
    var found = codecs_header()
    switch format {
    case .jpeg:
      try check { message in codecs_jpeg_header(bytes.start, bytes.count, &found, message) }
    case .png:
      try check { message in codecs_png_header(bytes.start, bytes.count, &found, message) }
    case .webp:
      try check { message in codecs_webp_header(bytes.start, bytes.count, &found, message) }
    case .bmp:
      let bitmap = try Bitmap(bytes)
      return plain(format, bitmap.size, bitmap.format)
    case .pnm:
      let netpbm = try Netpbm(bytes)
      return plain(format, netpbm.size, netpbm.format)
    }
    guard let pixels = ImageBuffer.Format(rawValue: Int(found.channels)), found.width > 0, found.height > 0
    else { throw ImagingError(.damaged, reason: "the header declares no pixels") }
    let orientation = Exif.orientation(of: bytes, format: format)
    let stored = PixelSize(width: Int(found.width), height: Int(found.height))
    return ImageHeader(
      format: format, size: orientation.upright(stored), pixels: pixels, orientation: orientation,
      isAnimated: found.animated, jpegQuality: found.quality > 0 ? Int(found.quality) : nil)
  }

  private static func plain(
    _ format: ImageFormat, _ size: PixelSize, _ pixels: ImageBuffer.Format
  ) -> ImageHeader {
    ImageHeader(
      format: format, size: size, pixels: pixels, orientation: .topLeft, isAnimated: false, jpegQuality: nil)
  }

  /// The largest of 1, 2, 4 and 8 that leaves the shorter side long enough.
  private static func shrink(_ size: PixelSize, minimumSide: Int?) -> Int {
    guard let minimumSide, minimumSide > 0 else { return 1 }
    let side = min(size.width, size.height)
    return [8, 4, 2].first { (side + $0 - 1) / $0 >= minimumSide } ?? 1
  }

  /// Lets a decoder write into a new image's own memory.
  private static func fill(
    _ size: PixelSize, _ format: ImageBuffer.Format,
    with decode: (UnsafeMutableBufferPointer<UInt8>, UnsafeMutablePointer<CChar>) -> codecs_status
  ) throws(ImagingError) -> ImageBuffer {
    let count = size.area * format.rawValue
    var bytes: [UInt8] = []
    try check { message in
      var status = CODECS_NO_MEMORY
      bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
        status = decode(UnsafeMutableBufferPointer(rebasing: buffer[..<count]), message)
        written = status == CODECS_OK ? count : 0
      }
      return status
    }
    return ImageBuffer(width: size.width, height: size.height, format: format, bytes: bytes)
  }

  /// Runs a shim's function with room for its message and throws what it reports.
  static func check(_ body: (UnsafeMutablePointer<CChar>) -> codecs_status) throws(ImagingError) {
    let (status, reason) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CODECS_MESSAGE_SIZE)) {
      buffer -> (codecs_status, String) in
      buffer.initialize(repeating: 0)
      guard let message = buffer.baseAddress else { return (CODECS_NO_MEMORY, "") }
      let status = body(message)
      return (status, status == CODECS_OK ? "" : String(cString: message))
    }
    switch status {
    case CODECS_OK: return
    case CODECS_TRUNCATED: throw ImagingError(.truncated, reason: reason)
    case CODECS_NO_MEMORY: throw ImagingError(.tooLarge, reason: "there is no memory left for it")
    case CODECS_REFUSED: throw ImagingError(.unwritable, reason: reason)
    default: throw ImagingError(.damaged, reason: reason)
    }
  }
}

// A decoder is called only with bytes and pixels that are there, so the addresses exist.
extension UnsafeBufferPointer {
  /// The address of the first element of a buffer that is not empty.
  fileprivate var start: UnsafePointer<Element> {
    guard let baseAddress else { preconditionFailure("no bytes to decode") }
    return baseAddress
  }
}

extension UnsafeMutableBufferPointer {
  /// The address of the first element of a buffer that is not empty.
  fileprivate var start: UnsafeMutablePointer<Element> {
    guard let baseAddress else { preconditionFailure("no room for pixels") }
    return baseAddress
  }
}
