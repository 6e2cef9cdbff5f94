/// An image in memory: 8-bit samples, interleaved, rows from top to bottom without padding.
public struct ImageBuffer: Sendable, Equatable {
  /// The channels of a pixel; the raw value is the number of bytes in a pixel.
  public enum Format: Int, Sendable, Codable {
    /// One gray sample.
    case gray = 1
    /// Red, green, blue in sRGB.
    case rgb = 3
    /// Red, green, blue in sRGB and straight (not premultiplied) alpha.
    case rgba = 4
  }

  /// Width in pixels, at least 1.
  public let width: Int
  /// Height in pixels, at least 1.
  public let height: Int
  /// The channels of a pixel.
  public let format: Format
  /// The samples, `width * height * format.rawValue` bytes.
  public var bytes: [UInt8]

  /// An image with the given samples.
  ///
  /// - Precondition: `bytes.count == width * height * format.rawValue`.
  public init(width: Int, height: Int, format: Format, bytes: [UInt8]) {
    precondition(width > 0 && height > 0, "an image has at least one pixel")
    precondition(bytes.count == width * height * format.rawValue, "samples do not fill the image")
    self.width = width
    self.height = height
    self.format = format
    self.bytes = bytes
  }

  /// An image of one color; `value` has one sample for each channel.
  public init(width: Int, height: Int, format: Format, filledWith value: [UInt8]) {
    precondition(value.count == format.rawValue, "one sample for each channel")
    let count = width * height * format.rawValue
    let channels = value.count
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      for index in 0..<count { buffer[index] = value[index % channels] }
      written = count
    }
    self.init(width: width, height: height, format: format, bytes: bytes)
  }

  /// The number of samples in a pixel.
  public var channels: Int { format.rawValue }

  /// Width and height.
  public var size: PixelSize { PixelSize(width: width, height: height) }

  /// The samples of the pixel in column `x` of row `y`.
  public subscript(x: Int, y: Int) -> ArraySlice<UInt8> {
    let start = (y * width + x) * channels
    return bytes[start..<start + channels]
  }
}
