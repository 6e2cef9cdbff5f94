/// Colors for the 256 levels of a gray image.
public struct ColorMap: Sendable, Equatable {
  /// Red, green and blue of level 0, then of level 1, and so on: 768 samples.
  public let samples: [UInt8]

  /// Blue over cyan, yellow and orange to red, as OpenCV's COLORMAP_JET.
  ///
  /// Each channel is 1.5 - |4v - c|, clamped to 0...1, with the level v from 0 to 1 and c = 3, 2, 1 for red,
  /// green and blue.
  public static let jet = ColorMap(
    samples: (0..<256).flatMap { level in
      [3.0, 2.0, 1.0].map { center in
        let height = 1.5 - abs(4 * Double(level) / 255 - center)
        return UInt8((min(max(height, 0), 1) * 255).rounded())
      }
    })

  /// Converts `image` to gray and replaces each level by its color; returns an RGB image.
  public func callAsFunction(_ image: ImageBuffer) -> ImageBuffer {
    let levels = image.converted(to: .gray)
    let count = levels.bytes.count
    let colors = [UInt8](unsafeUninitializedCapacity: count * 3) { output, written in
      for index in 0..<count {
        let color = Int(levels.bytes[index]) * 3
        for channel in 0..<3 { output[index * 3 + channel] = samples[color + channel] }
      }
      written = count * 3
    }
    return ImageBuffer(width: image.width, height: image.height, format: .rgb, bytes: colors)
  }
}
