internal import CCodecs

/// Decodes images in memory.
///
/// An image is decoded completely or rejected: a truncated JPEG, whose missing part libjpeg would fill with
/// gray, is an error. The result is 8-bit gray, RGB or RGBA in sRGB. An embedded color profile is converted, and
/// so is a camera's JPEG that is Adobe RGB by its EXIF data, CMYK without a profile becomes RGB by multiplying inks, and 16-bit samples are scaled with rounding. PNG's
/// gamma chunk is ignored.
///
/// Memory depends on the decoded size, not on the size that the file declares: large images are reduced row
/// by row while they are decoded.
public enum ImageCodec {
  /// The default limit for the pixels that a header may declare: 400 megapixels, twice the size of phone
  /// pictures.
  public static let defaultPixelLimit = 400_000_000
  /// The default limit for decoded samples: 26 megapixels in RGB, 20 with alpha.
  public static let defaultSampleLimit = 80_000_000

  /// Reads only the header.
  ///
  /// - Parameter bytes: A file, or enough of its beginning.
  /// - Returns: Format, upright size and further information of the header.
  /// - Throws: `ImagingError` as `decode` does, except for errors in the pixels.
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
  ///   - pixelLimit: The maximum number of pixels that the header may declare; checked before memory is
  ///     allocated.
  ///   - sampleLimit: The maximum number of decoded samples, with gray counted as RGB; a larger image is
  ///     reduced by 2, 4, 8 and so on.
  ///   - minimumSide: Reduces the image by a power of two, as long as its shorter side has at least this many
  ///     pixels; for thumbnails and searches.
  /// - Returns: The upright image and its header.
  /// - Throws: `ImagingError` with `empty-file`, `not-an-image`, `unreadable`, `truncated` or `too-large`.
  public static func decode(
    _ bytes: [UInt8], pixelLimit: Int = defaultPixelLimit, sampleLimit: Int = defaultSampleLimit,
    minimumSide: Int? = nil
  ) throws(ImagingError) -> DecodedImage {
    try decode(bytes, pixelLimit: pixelLimit) { header in
      let size = header.storedSize
      let region = PixelRegion(x: 0, y: 0, width: size.width, height: size.height)
      let wanted = minimumSide.map { shrink(min(size.width, size.height), keeping: $0) } ?? 1
      return (region, max(wanted, box(for: region, header, sampleLimit)))
    }
  }

  /// Decodes a part of an image, at least as large as `region` and with a margin.
  ///
  /// - Parameters:
  ///   - bytes: A whole file.
  ///   - region: The part in pixels of the upright image in full size; pixels outside the image are ignored.
  ///   - box: The reduction: `box` x `box` pixels become one; a power of two up to 64. It is increased if the
  ///     part has more samples than `sampleLimit`.
  ///   - sampleLimit: The maximum number of decoded samples.
  /// - Returns: The part; `toSource` says where it is.
  /// - Throws: As `decode`; `unreadable` if the region is outside the image.
  public static func decode(
    _ bytes: [UInt8], region: PixelRegion, box: Int, sampleLimit: Int = defaultSampleLimit
  ) throws(ImagingError) -> DecodedImage {
    try decode(bytes, pixelLimit: defaultPixelLimit) { header in
      guard let stored = region.stored(in: header) else { return nil }
      return (stored, max(box, ImageCodec.box(for: stored, header, sampleLimit)))
    }
  }

  private static func decode(
    _ bytes: [UInt8], pixelLimit: Int, plan: (ImageHeader) -> (region: PixelRegion, box: Int)?
  ) throws(ImagingError) -> DecodedImage {
    let format = try ImageFormat.detect(bytes)
    return try bytes.withUnsafeBufferPointer { bytes throws(ImagingError) in
      let header = try header(bytes, format: format)
      let (area, overflow) = header.size.width.multipliedReportingOverflow(by: header.size.height)
      guard !overflow, area <= pixelLimit else {
        throw ImagingError(
          .tooLarge,
          reason: "it has \(header.size.width) x \(header.size.height) pixels, and the limit is \(pixelLimit)"
        )
      }
      guard let (region, box) = plan(header) else {
        throw ImagingError(.damaged, reason: "the part is outside the image")
      }
      let image = try decode(bytes, header, region, box: box)
      return DecodedImage(
        image: image.upright(from: header.orientation), header: header, box: box,
        toSource: toSource(image.size, region, box, header))
    }
  }

  /// Decodes a region in stored pixels.
  private static func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, _ header: ImageHeader, _ region: PixelRegion, box: Int
  ) throws(ImagingError) -> ImageBuffer {
    let size = PixelSize(
      width: (region.width + box - 1) / box, height: (region.height + box - 1) / box)
    let part = codecs_region(
      left: UInt32(region.x), top: UInt32(region.y), width: UInt32(region.width),
      height: UInt32(region.height))
    func decoded(by decode: Decoder) throws(ImagingError) -> ImageBuffer {
      try fill(size, header.pixels) { pixels, message in
        decode(bytes.start, bytes.count, part, UInt32(box), pixels.start, pixels.count, message)
      }
    }
    switch header.format {
    case .jpeg:
      return try decoded {
        codecs_jpeg_decode($0, $1, $2, $3, header.statesAdobeRGB, $4, $5, $6)
      }
    case .png: return try decoded(by: codecs_png_decode)
    case .webp: return try decoded(by: codecs_webp_decode)
    case .heif: return try decoded(by: codecs_heif_decode)
    case .gif: return try decoded(by: codecs_gif_decode)
    case .tiff: return try decoded(by: codecs_tiff_decode)
    case .bmp, .pnm:
      guard header.size.area * header.pixels.rawValue <= 4 * defaultSampleLimit else {
        throw ImagingError(
          .tooLarge, reason: "such files can only be decoded as a whole; save it as JPEG or PNG")
      }
      let whole = header.format == .bmp ? try Bitmap(bytes).decode(bytes) : try Netpbm(bytes).decode(bytes)
      guard size != whole.size else { return whole }
      return try fill(size, whole.format) { pixels, message in
        whole.bytes.withUnsafeBufferPointer {
          codecs_reduce(
            $0.start, UInt32(whole.width), UInt32(whole.height), UInt32(whole.channels), part, UInt32(box),
            pixels.start, pixels.count, message)
        }
      }
    }
  }

  private typealias Decoder = (
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ region: codecs_region, _ box: UInt32,
    _ pixels: UnsafeMutablePointer<UInt8>, _ capacity: Int, _ message: UnsafeMutablePointer<CChar>
  ) -> codecs_status

  private static func header(
    _ bytes: UnsafeBufferPointer<UInt8>, format: ImageFormat
  ) throws(ImagingError) -> ImageHeader {
    var found = codecs_header()
    let (start, count) = (bytes.start, bytes.count)
    switch format {
    case .jpeg: try check { codecs_jpeg_header(start, count, &found, $0) }
    case .png: try check { codecs_png_header(start, count, &found, $0) }
    case .webp: try check { codecs_webp_header(start, count, &found, $0) }
    case .heif: try check { codecs_heif_header(start, count, &found, $0) }
    case .gif: try check { codecs_gif_header(start, count, &found, $0) }
    case .tiff: try check { codecs_tiff_header(start, count, &found, $0) }
    case .bmp:
      let bitmap = try Bitmap(bytes)
      return plain(format, bitmap.size, bitmap.format)
    case .pnm:
      let netpbm = try Netpbm(bytes)
      return plain(format, netpbm.size, netpbm.format)
    }
    guard let pixels = ImageBuffer.Format(rawValue: Int(found.channels)), found.width > 0, found.height > 0
    else { throw ImagingError(.damaged, reason: "the header declares no pixels") }
    let orientation =
      Orientation(rawValue: Int(found.orientation)) ?? Exif.orientation(of: bytes, format: format)
    let stored = PixelSize(width: Int(found.width), height: Int(found.height))
    return ImageHeader(
      format: format, size: orientation.upright(stored), pixels: pixels, orientation: orientation,
      hasMore: found.more, jpegQuality: found.quality > 0 ? Int(found.quality) : nil,
      statesAdobeRGB: format == .jpeg && Exif.statesAdobeRGB(bytes, format: format))
  }

  private static func plain(
    _ format: ImageFormat, _ size: PixelSize, _ pixels: ImageBuffer.Format
  ) -> ImageHeader {
    ImageHeader(
      format: format, size: size, pixels: pixels, orientation: .topLeft, hasMore: false, jpegQuality: nil,
      statesAdobeRGB: false)
  }

  /// The reductions that decoders support.
  private static let boxes = [1, 2, 4, 8, 16, 32, 64]

  /// The largest reduction that keeps at least `minimum` of `side` pixels.
  private static func shrink(_ side: Int, keeping minimum: Int) -> Int {
    guard minimum > 0 else { return 1 }
    return boxes.last { (side + $0 - 1) / $0 >= minimum } ?? 1
  }

  /// The smallest reduction with which a region has at most `limit` samples.
  private static func box(for region: PixelRegion, _ header: ImageHeader, _ limit: Int) -> Int {
    boxes.first { box in
      let (width, height) = ((region.width + box - 1) / box, (region.height + box - 1) / box)
      return width * height * max(3, header.pixels.rawValue) <= limit
    } ?? 64
  }

  /// The map from the pixels of an upright part to those of the whole upright image.
  private static func toSource(
    _ stored: PixelSize, _ region: PixelRegion, _ box: Int, _ header: ImageHeader
  ) -> AffineMap {
    guard box > 1 || region.x > 0 || region.y > 0 || stored != header.storedSize else { return .identity }
    let (scale, middle) = (Double(box), Double(box - 1) / 2)
    let back = header.orientation.map(of: stored).inverse ?? .identity
    return back.then(AffineMap(scale, 0, Double(region.x) + middle, 0, scale, Double(region.y) + middle))
      .then(header.orientation.map(of: header.storedSize))
  }

  /// Lets a decoder write into the memory of a new image.
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

  /// Calls a function of the shim with a buffer for its message, and throws the error that it reports.
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
    case CODECS_NO_MEMORY:
      throw ImagingError(.tooLarge, reason: reason.isEmpty ? "there is not enough memory" : reason)
    case CODECS_REFUSED: throw ImagingError(.unwritable, reason: reason)
    case CODECS_UNSUPPORTED: throw ImagingError(.notAnImage, reason: reason)
    default: throw ImagingError(.damaged, reason: reason)
    }
  }
}

// Decoders are called only with non-empty buffers, so the addresses exist.
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
