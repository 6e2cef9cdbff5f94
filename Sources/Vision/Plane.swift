public import Imaging

/// One float for each pixel, such as alpha, a distance or a probability.
///
/// Rows are stored from top to bottom without padding.
public struct Plane: Sendable, Equatable {
  /// Width in pixels, at least 1.
  public let width: Int
  /// Height in pixels, at least 1.
  public let height: Int
  /// The values, `width * height` of them.
  public var values: [Float]

  /// A plane with the given values.
  ///
  /// - Precondition: `values.count == width * height` and neither side is 0.
  public init(width: Int, height: Int, values: [Float]) {
    precondition(width > 0 && height > 0, "a plane has at least one pixel")
    precondition(values.count == width * height, "values do not fill the plane")
    self.width = width
    self.height = height
    self.values = values
  }

  /// A plane with the samples of a gray image, scaled to 0...1.
  ///
  /// - Precondition: `gray.format == .gray`.
  public init(_ gray: ImageBuffer) {
    precondition(gray.format == .gray, "a plane is made from a gray image")
    self.init(width: gray.width, height: gray.height, values: gray.bytes.map { Float($0) / 255 })
  }

  /// A gray image in which 0 is black and 1 white.
  ///
  /// Values beyond are clamped, NaN becomes black.
  public var image: ImageBuffer {
    let bytes = values.map { value in
      value.isNaN ? UInt8(0) : UInt8((min(max(value, 0), 1) * 255).rounded())
    }
    return ImageBuffer(width: width, height: height, format: .gray, bytes: bytes)
  }

  /// Width and height.
  public var size: PixelSize { PixelSize(width: width, height: height) }

  /// The value in column `x` of row `y`.
  public subscript(x: Int, y: Int) -> Float {
    get { values[y * width + x] }
    set { values[y * width + x] = newValue }
  }
}
