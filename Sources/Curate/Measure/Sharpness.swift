import Foundation

/// How sharp a figure's edges are in the direction in which they are softest, and how much directions differ.
///
/// Edges are sorted by the direction of their gradient into eight overlapping sectors. Among the steepest of a sector the
/// ratio of twice the slope (central differences, a pixel) to the range of luma in the 17 x 17 pixels around is taken;
/// the upper quartile is the sector's. The ratio is 1 for a step between two pixels, 2 / (sigma sqrt(2 pi)) for an edge
/// blurred by a Gaussian of sigma pixels and 2 / L for one smeared over L pixels, whatever its contrast: so flat shading,
/// of which a drawing is full, does not count as blur, as it does for the variance of the Laplacian. A Gaussian softens
/// all sectors alike, motion only those that it crosses.
struct Sharpness {
  /// 0 (blurred) to 1 (as sharp as pixels can be): the softest sector's ratio, squared.
  ///
  /// After Gaussian blurs of sigma 1, 2, 3 and 4, or motion over 3, 5, 9 and 15 pixels, about 0.2, 0.09, 0.05, 0.03 are usual.
  let sharpness: Double
  /// 0 to 1: one minus the ratio of the softest sector to the sharpest; about 0.2 as photographed or blurred out of focus,
  /// 0.5 and more where something moved by 5 pixels or more.
  let motion: Double

  /// How far around a pixel the range of luma is taken.
  static let reach = 8
  /// The share of the figure's pixels that count as edges in each sector.
  static let share = 0.0025
  /// Ranges below this are noise, not edges.
  static let leastRange: Float = 16
  /// Into how many directions gradients are sorted.
  static let sectors = 8

  init(_ foreground: Foreground) {
    let edges = Self.edges(of: foreground)
    let count = max(8, Int(Double(edges.total) * Self.share))
    let ranges = LocalRange(foreground, reach: Self.reach)
    var ratios: [Double] = []
    for sector in 0..<Self.sectors {
      // Neighbours overlap, so that no direction falls between two.
      var own = edges.bySector[sector] + edges.bySector[(sector + 1) % Self.sectors]
      guard own.count >= count else { continue }
      own.sort { $0.slope == $1.slope ? $0.index < $1.index : $0.slope > $1.slope }
      let best = own.prefix(count).map { edge in
        min(1, 2 * edge.slope / max(Self.leastRange, ranges.range(at: edge.index)))
      }.sorted()
      ratios.append(Double(best[min(count - 1, count * 3 / 4)]))
    }
    guard let softest = ratios.min(), let sharpest = ratios.max(), sharpest > 0 else {
      (sharpness, motion) = (0, 0)
      return
    }
    sharpness = softest * softest
    motion = 1 - softest / sharpest
  }

  private typealias Edge = (slope: Float, index: Int)

  /// The pixels with a slope by the direction of their gradient, and how many pixels were looked at.
  private static func edges(of foreground: Foreground) -> (bySector: [[Edge]], total: Int) {
    let (width, height) = (foreground.width, foreground.height)
    var sectors = [[Edge]](repeating: [], count: Self.sectors)
    guard width > 2, height > 2 else { return (sectors, 0) }
    var total = 0
    for y in 1..<height - 1 {
      for x in 1..<width - 1 {
        let index = y * width + x
        // All that the differences touch must be foreground, or the mask's outline would be measured.
        guard
          foreground.isForeground[index], foreground.isForeground[index - 1],
          foreground.isForeground[index + 1],
          foreground.isForeground[index - width], foreground.isForeground[index + width]
        else { continue }
        total += 1
        let dx = Float(foreground.luma[index + 1]) - Float(foreground.luma[index - 1])
        let dy = Float(foreground.luma[index + width]) - Float(foreground.luma[index - width])
        let slope = (dx * dx + dy * dy).squareRoot() / 2
        // Flat pixels are most of a drawing and never among the steepest.
        guard slope >= 1 else { continue }
        sectors[sector(dx, dy)].append((slope, index))
      }
    }
    return (sectors, total)
  }

  /// Which eighth of the half circle a gradient points to.
  @inline(__always)
  private static func sector(_ dx: Float, _ dy: Float) -> Int {
    let (x, y) = dy < 0 || (dy == 0 && dx < 0) ? (-dx, -dy) : (dx, dy)
    let tangent: Float = 0.41421356
    // Each quarter is halved by its bisector, each eighth by the tangent of 22.5 degrees.
    if x >= 0 {
      return y < x ? (y < tangent * x ? 0 : 1) : (x > tangent * y ? 2 : 3)
    }
    return y > -x ? (-x < tangent * y ? 4 : 5) : (y > tangent * -x ? 6 : 7)
  }
}

/// The difference between the largest and the smallest luma in the square around each pixel.
private struct LocalRange {
  private let least: [UInt8]
  private let greatest: [UInt8]

  init(_ foreground: Foreground, reach: Int) {
    let count = foreground.luma.count
    let low = (0..<count).map { foreground.isInside[$0] ? foreground.luma[$0] : 255 }
    let high = (0..<count).map { foreground.isInside[$0] ? foreground.luma[$0] : 0 }
    least = Self.filtered(low, width: foreground.width, height: foreground.height, reach: reach) {
      min($0, $1)
    }
    greatest = Self.filtered(high, width: foreground.width, height: foreground.height, reach: reach) {
      max($0, $1)
    }
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
