internal import CCodecs

extension ImageBuffer {
  /// The compression level of a PNG file; all levels are lossless.
  public struct PNGCompression: Sendable, Equatable {
    /// zlib's level, 0 to 9.
    public let level: Int

    /// A level, clamped to 0...9.
    public init(level: Int) { self.level = min(max(level, 0), 9) }

    /// A fast level for intermediate files; the default.
    public static let fast = PNGCompression(level: 2)
    /// The best compression, for files that are kept or sent.
    public static let small = PNGCompression(level: 9)
  }

  /// The quality of a WebP file.
  public enum WebPQuality: Sendable, Equatable {
    /// Lossless, also for the colors of transparent pixels.
    case lossless
    /// Lossy, from 0 (smallest file) to 100 (best quality).
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

  /// The image as the bytes of a JPEG file; from quality 90 color has full resolution (4:4:4).
  ///
  /// - Parameter quality: From 1 to 100.
  /// - Returns: A baseline JPEG file.
  /// - Throws: `ImagingError` with `unwritable` for an image with alpha (composite it first), or one wider or higher
  ///   than 65,500 pixels.
  public func jpeg(quality: Int = 92) throws(ImagingError) -> [UInt8] {
    guard format != .rgba else {
      throw ImagingError(.unwritable, reason: "JPEG has no alpha; composite the image on a color first")
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

  /// Copies the bytes that an encoder returns, and frees its memory.
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
