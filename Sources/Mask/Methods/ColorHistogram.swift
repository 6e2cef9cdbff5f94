package import Imaging

/// A smoothed color histogram of 16 x 16 x 16 cells.
package struct ColorHistogram {
  private static let side = 16
  private var density: [Float]

  /// The histogram of an RGB image's pixels, each counted by its weight.
  package init(_ image: ImageBuffer, weights: [Float]) {
    let side = Self.side
    var counts = [Float](repeating: 0, count: side * side * side)
    var total: Float = 0
    for index in 0..<weights.count where weights[index] > 0 {
      counts[Self.cell(image, index)] += weights[index]
      total += weights[index]
    }
    // Smooth the histogram twice with a (1 2 1)/4 kernel along each axis.
    for _ in 0..<2 {
      for stride in [1, side, side * side] {
        var smooth = counts
        for index in counts.indices {
          let place = index / stride % side
          let before = place > 0 ? counts[index - stride] : counts[index]
          let after = place < side - 1 ? counts[index + stride] : counts[index]
          smooth[index] = (before + 2 * counts[index] + after) / 4
        }
        counts = smooth
      }
    }
    let scale = 1 / max(total, 1e-6)
    density = counts.map { $0 * scale }
  }

  private static func cell(_ image: ImageBuffer, _ index: Int) -> Int {
    let start = index * 3
    let (red, green, blue) = (image.bytes[start], image.bytes[start + 1], image.bytes[start + 2])
    return ((Int(red) >> 4) * side + (Int(green) >> 4)) * side + (Int(blue) >> 4)
  }

  /// The density, 0...1, of the cell with the color of pixel `index` of `image`.
  package func callAsFunction(_ image: ImageBuffer, _ index: Int) -> Float {
    density[Self.cell(image, index)]
  }
}
