public import Imaging

/// Where a network looks: the sum over channels of a class activation map, row after row.
public struct Heatmap: Sendable, Equatable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// The values, row after row, in any range.
  public let values: [Float]

  /// A map of `width` times `height` values.
  ///
  /// - Precondition: there are as many values.
  public init(width: Int, height: Int, values: [Float]) {
    precondition(width > 0 && height > 0 && values.count == width * height, "the values fill the map")
    (self.width, self.height, self.values) = (width, height, values)
  }

  /// The map as a grey image: its least value black, its greatest white.
  ///
  /// A map without differences is grey all over, where the published trainers divide by zero; a value that is no number is
  /// grey, an infinite one counts as the least or the greatest of the others.
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

  /// The map in colour, blue for the least value and red for the greatest, as the published sheets show it.
  ///
  /// - Parameters:
  ///   - size: the size of the picture; values in between are interpolated before they are coloured.
  ///   - image: a picture of that size to lie under the colours; nil for the colours alone.
  ///   - opacity: how much of the colours is seen over `image`, 0 to 1.
  /// - Returns: an RGB image.
  public func picture(size: PixelSize, over image: ImageBuffer? = nil, opacity: Double = 0.5) -> ImageBuffer {
    let colors = ColorMap.jet(levels.resized(to: size, .antialiasedBilinear))
    guard let image else { return colors }
    let under = image.resized(to: size, .antialiasedBilinear).converted(to: .rgb)
    let share = Int((min(max(opacity, 0), 1) * 256).rounded())
    let blended = zip(colors.bytes, under.bytes).map { color, sample in
      UInt8((Int(color) * share + Int(sample) * (256 - share) + 128) >> 8)
    }
    return ImageBuffer(width: size.width, height: size.height, format: .rgb, bytes: blended)
  }
}
