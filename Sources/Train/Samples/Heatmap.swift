public import Imaging

/// The attention of a network: a class activation map summed over its channels.
public struct Heatmap: Sendable, Equatable {
  /// The number of columns.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// The values in any range, in row-major order.
  public let values: [Float]

  /// A map of `width` times `height` values.
  ///
  /// - Precondition: The number of values is `width` * `height`.
  public init(width: Int, height: Int, values: [Float]) {
    precondition(
      width > 0 && height > 0 && values.count == width * height, "there must be width * height values")
    (self.width, self.height, self.values) = (width, height, values)
  }

  /// The map as a grey image, whose minimum is black and whose maximum is white.
  ///
  /// A constant map is grey; the published trainers divide by zero there. NaN is grey too, and infinite values are clipped
  /// to the range of the finite ones.
  public var levels: ImageBuffer {
    let finite = values.filter(\.isFinite)
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
    // Halved first, so that the difference of two large values stays finite.
    let range = high / 2 - low / 2
    let bytes = values.map { value -> UInt8 in
      guard range > 0, !value.isNaN else { return 128 }
      return UInt8(((min(max(value, low), high) / 2 - low / 2) / range * 255).rounded())
    }
    return ImageBuffer(width: width, height: height, format: .gray, bytes: bytes)
  }

  /// The map in colors from blue (minimum) to red (maximum), as on the published sheets.
  ///
  /// - Parameters:
  ///   - size: The size of the result in pixels; values are interpolated before they are colored.
  ///   - image: An image to show below the colors; nil for the colors alone.
  ///   - opacity: The opacity of the colors over `image`, 0...1.
  /// - Returns: An RGB image.
  public func picture(size: PixelSize, over image: ImageBuffer? = nil, opacity: Double = 0.5) -> ImageBuffer {
    let colors = ColorMap.jet(levels.resized(to: size, .antialiasedBilinear))
    guard let image else { return colors }
    let base = image.resized(to: size, .antialiasedBilinear).converted(to: .rgb)
    let alpha = Int((min(max(opacity, 0), 1) * 256).rounded())
    let blended = zip(colors.bytes, base.bytes).map { color, sample in
      UInt8((Int(color) * alpha + Int(sample) * (256 - alpha) + 128) >> 8)
    }
    return ImageBuffer(width: size.width, height: size.height, format: .rgb, bytes: blended)
  }
}
