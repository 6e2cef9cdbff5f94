internal import CCodecs

extension ImageBuffer {
  /// How much time goes into making a PNG small; every level keeps every sample.
  public struct PNGCompression: Sendable, Equatable {
    /// zlib's level, 0 to 9.
    public let level: Int

    /// zlib's level, brought into 0 to 9.
    public init(level: Int) { self.level = min(max(level, 0), 9) }

    /// For files that are read once or many at a time; the default.
    public static let fast = PNGCompression(level: 2)
    /// For files that are kept or sent.
    public static let small = PNGCompression(level: 9)
  }

  /// How a WebP file keeps the samples.
  public enum WebPQuality: Sendable, Equatable {
    /// Every sample as it is, those under transparent pixels too.
    case lossless
    /// Smaller with loss, from 0 (small) to 100 (good).
    case lossy(Int)
  }

  /// The image as the bytes of a PNG file; the same image and level always give the same bytes.
  ///
  /// - Throws: `ImagingError` with `unwritable`.
  public func png(_ compression: PNGCompression = .fast) throws(ImagingError) -> [UInt8] {
    try encoded { pixels, encoded, size, message in
      codecs_png_encode(
        pixels, UInt32(width), UInt32(height), UInt32(channels), Int32(compression.level), encoded, size,
        message)
    }
  }

  /// The image as the bytes of a JPEG file; from quality 90 on color is kept in full resolution (4:4:4).
  ///
  /// - Parameter quality: From 1 to 100.
  /// - Returns: A baseline JPEG file.
  /// - Throws: `ImagingError` with `unwritable` for an image with alpha (composite it first), or one wider or higher
  ///   than 65,500 pixels.
  public func jpeg(quality: Int = 92) throws(ImagingError) -> [UInt8] {
    guard format != .rgba else {
      throw ImagingError(.unwritable, reason: "JPEG has no alpha; composite the image on a colour first")
    }
    let quality = min(max(quality, 1), 100)
    return try encoded { pixels, encoded, size, message in
      codecs_jpeg_encode(
        pixels, UInt32(width), UInt32(height), UInt32(channels), Int32(quality), quality >= 90, encoded, size,
        message)
    }
  }

  /// The image as the bytes of a WebP file; gray is written as RGB.
  ///
  /// - Throws: `ImagingError` with `unwritable` for an image wider or higher than 16,383 pixels.
  public func webp(_ quality: WebPQuality = .lossy(90)) throws(ImagingError) -> [UInt8] {
    let number: Float =
      switch quality {
      case .lossless: -1
      case .lossy(let quality): Float(min(max(quality, 0), 100))
      }
    let image = format == .gray ? converted(to: .rgb) : self
    return try image.encoded { pixels, encoded, size, message in
      codecs_webp_encode(
        pixels, UInt32(image.width), UInt32(image.height), UInt32(image.channels), number, encoded, size,
        message)
    }
  }

  private typealias Encoder = (
    _ pixels: UnsafePointer<UInt8>, _ encoded: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>,
    _ size: UnsafeMutablePointer<Int>, _ message: UnsafeMutablePointer<CChar>
  ) -> codecs_status

  /// Takes over what an encoder hands out.
  private func encoded(by encode: Encoder) throws(ImagingError) -> [UInt8] {
    var encoded: UnsafeMutablePointer<UInt8>?
    var size = 0
    defer { codecs_free(encoded) }
    try ImageCodec.check { message in
      bytes.withUnsafeBufferPointer { pixels in
        guard let start = pixels.baseAddress else { return CODECS_REFUSED }
        return encode(start, &encoded, &size, message)
      }
    }
    return Array(UnsafeBufferPointer(start: encoded, count: size))
  }
}
