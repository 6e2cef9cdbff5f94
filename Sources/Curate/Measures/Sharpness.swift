/// How sharp the sharpest edges of a figure are, 0 (blurred) to 1 (as sharp as pixels can be).
///
/// Among the 2 % of figure pixels with the steepest gradient, the ratio of twice the slope (central differences, a pixel)
/// to the range of luma in the 13 x 13 pixels around is taken; its 90th percentile, squared, is the measure. The ratio
/// is 1 for a step between two pixels and 2 / (sigma sqrt(2 pi)) for an edge blurred by a Gaussian of sigma pixels,
/// whatever its contrast: so flat shading, of which a drawing is full, does not count as blur, as it does for the
/// variance of the Laplacian. After Gaussian blurs of sigma 1, 2, 3 and 4, values near 0.35, 0.14, 0.07 and 0.05 are usual.
enum Sharpness {
  /// How far around a pixel the range of luma is taken.
  static let reach = 6
  /// The share of the figure's pixels that count as edges.
  static let share = 0.02
  /// Ranges below this are noise, not edges.
  static let leastRange: Float = 8

  static func measure(_ figure: Figure) -> Double {
    let (width, height) = (figure.width, figure.height)
    guard width > 2, height > 2 else { return 0 }
    var edges: [(slope: Float, index: Int)] = []
    for y in 1..<height - 1 {
      for x in 1..<width - 1 {
        let index = y * width + x
        // All that the differences touch must be figure, or the mask's outline would be measured.
        guard
          figure.isFigure[index], figure.isFigure[index - 1], figure.isFigure[index + 1],
          figure.isFigure[index - width], figure.isFigure[index + width]
        else { continue }
        let dx = Float(figure.luma[index + 1]) - Float(figure.luma[index - 1])
        let dy = Float(figure.luma[index + width]) - Float(figure.luma[index - width])
        edges.append((((dx * dx + dy * dy).squareRoot()) / 2, index))
      }
    }
    guard !edges.isEmpty else { return 0 }
    let count = max(1, Int(Double(edges.count) * share))
    edges.sort { $0.slope == $1.slope ? $0.index < $1.index : $0.slope > $1.slope }
    let ranges = LocalRange(figure, reach: reach)
    var ratios = edges.prefix(count).filter { $0.slope > 0 }.map { edge in
      min(1, 2 * edge.slope / max(leastRange, ranges.range(at: edge.index)))
    }
    guard !ratios.isEmpty else { return 0 }
    ratios.sort()
    let ratio = Double(ratios[min(ratios.count - 1, Int(Double(ratios.count) * 0.9))])
    return ratio * ratio
  }
}

/// The difference between the largest and the smallest luma in the square around each pixel.
private struct LocalRange {
  private let least: [UInt8]
  private let greatest: [UInt8]

  init(_ figure: Figure, reach: Int) {
    let count = figure.luma.count
    let low = (0..<count).map { figure.isInside[$0] ? figure.luma[$0] : 255 }
    let high = (0..<count).map { figure.isInside[$0] ? figure.luma[$0] : 0 }
    least = Self.filtered(low, width: figure.width, height: figure.height, reach: reach) { min($0, $1) }
    greatest = Self.filtered(high, width: figure.width, height: figure.height, reach: reach) { max($0, $1) }
  }

  func range(at index: Int) -> Float { Float(greatest[index]) - Float(least[index]) }

  /// Rows first, then columns; the border is where the image ends.
  @inline(__always)
  private static func filtered(
    _ plane: [UInt8], width: Int, height: Int, reach: Int, _ pick: (UInt8, UInt8) -> UInt8
  ) -> [UInt8] {
    var rows = plane
    for shift in 1...reach {
      for y in 0..<height {
        let start = y * width
        for x in 0..<width {
          if x >= shift { rows[start + x] = pick(rows[start + x], plane[start + x - shift]) }
          if x + shift < width { rows[start + x] = pick(rows[start + x], plane[start + x + shift]) }
        }
      }
    }
    var both = rows
    for shift in 1...reach {
      for index in 0..<width * height {
        if index >= shift * width { both[index] = pick(both[index], rows[index - shift * width]) }
        if index + shift * width < both.count { both[index] = pick(both[index], rows[index + shift * width]) }
      }
    }
    return both
  }
}
