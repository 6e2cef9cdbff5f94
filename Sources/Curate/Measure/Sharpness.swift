import Foundation

/// The sharpness of the foreground's edges in the softest direction, and the motion blur.
///
/// Edges are grouped by the direction of their gradient into eight overlapping sectors. For the steepest edges of a sector,
/// the ratio of twice the slope (central differences, per pixel) to the range of luma in the surrounding 17 x 17 pixels is
/// computed; the sector's value is the upper quartile. The ratio is 1 for a step between two pixels, 2 / (sigma sqrt(2 pi))
/// for an edge with Gaussian blur of sigma pixels, and 2 / L for motion blur over L pixels, independent of contrast. So flat
/// shading, which is common in anime, does not count as blur, as it does with the variance of the Laplacian. Gaussian blur
/// affects all sectors equally, motion blur only some.
struct Sharpness {
  /// The sharpness, 0 (blurred) to 1 (steps between adjacent pixels): the softest sector's ratio, squared.
  ///
  /// Typical values are about 0.2, 0.09, 0.05 and 0.03 after Gaussian blur of sigma 1, 2, 3 and 4, or after motion over 3, 5, 9
  /// and 15 pixels.
  let sharpness: Double
  /// The motion blur, 0...1: one minus the ratio of the softest sector to the sharpest; about 0.2 without motion, even if out
  /// of focus, and 0.5 and more with motion over at least 5 pixels.
  let motion: Double

  /// The distance in pixels up to which the range of luma is computed.
  static let reach = 8
  /// The fraction of the foreground's pixels that count as edges in each sector.
  static let share = 0.0025
  /// The minimum range of luma; smaller ranges are noise.
  static let minimumRange: Float = 16
  /// The number of directions of gradients.
  static let sectors = 8

  init(_ foreground: Foreground) {
    let edges = Self.edges(of: foreground)
    let count = max(8, Int(Double(edges.total) * Self.share))
    let ranges = LocalRange(foreground, reach: Self.reach)
    var ratios: [Double] = []
    for sector in 0..<Self.sectors {
      // Sectors overlap, so that no direction is on the border of two sectors.
      var own = edges.bySector[sector] + edges.bySector[(sector + 1) % Self.sectors]
      guard own.count >= count else { continue }
      own.sort { $0.slope == $1.slope ? $0.index < $1.index : $0.slope > $1.slope }
      let best = own.prefix(count).map { edge in
        min(1, 2 * edge.slope / max(Self.minimumRange, ranges.range(at: edge.index)))
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

  /// The pixels with a slope by the direction of their gradient, and the number of inspected pixels.
  private static func edges(of foreground: Foreground) -> (bySector: [[Edge]], total: Int) {
    let (width, height) = (foreground.width, foreground.height)
    var sectors = [[Edge]](repeating: [], count: Self.sectors)
    guard width > 2, height > 2 else { return (sectors, 0) }
    var total = 0
    for y in 1..<height - 1 {
      for x in 1..<width - 1 {
        let index = y * width + x
        // All pixels of the differences must be foreground; otherwise the mask's outline would be measured.
        guard
          foreground.isForeground[index], foreground.isForeground[index - 1],
          foreground.isForeground[index + 1],
          foreground.isForeground[index - width], foreground.isForeground[index + width]
        else { continue }
        total += 1
        let dx = Float(foreground.luma[index + 1]) - Float(foreground.luma[index - 1])
        let dy = Float(foreground.luma[index + width]) - Float(foreground.luma[index - width])
        let slope = (dx * dx + dy * dy).squareRoot() / 2
        // Flat pixels are frequent in anime and never among the steepest.
        guard slope >= 1 else { continue }
        sectors[sector(dx, dy)].append((slope, index))
      }
    }
    return (sectors, total)
  }

  /// The eighth of the half circle that contains the gradient's direction.
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
  private let minima: [UInt8]
  private let maxima: [UInt8]

  init(_ foreground: Foreground, reach: Int) {
    let count = foreground.luma.count
    let low = (0..<count).map { foreground.isInside[$0] ? foreground.luma[$0] : 255 }
    let high = (0..<count).map { foreground.isInside[$0] ? foreground.luma[$0] : 0 }
    minima = Self.filtered(low, width: foreground.width, height: foreground.height, reach: reach) {
      min($0, $1)
    }
    maxima = Self.filtered(high, width: foreground.width, height: foreground.height, reach: reach) {
      max($0, $1)
    }
  }

  func range(at index: Int) -> Float { Float(maxima[index]) - Float(minima[index]) }

  /// A minimum or maximum filter over rows, then columns; windows are clipped at the image's border.
  @inline(__always)
  private static func filtered(
    _ plane: [UInt8], width: Int, height: Int, reach: Int, _ pick: (UInt8, UInt8) -> UInt8
  ) -> [UInt8] {
    // Plain loops over ranges without conditions, which the compiler vectorises.
    let count = width * height
    var rows = plane
    plane.withUnsafeBufferPointer { plane in
      rows.withUnsafeMutableBufferPointer { rows in
        for start in stride(from: 0, to: count, by: max(1, width)) {
          for shift in 1...reach where shift < width {
            for x in start + shift..<start + width { rows[x] = pick(rows[x], plane[x - shift]) }
            for x in start..<start + width - shift { rows[x] = pick(rows[x], plane[x + shift]) }
          }
        }
      }
    }
    var both = rows
    rows.withUnsafeBufferPointer { rows in
      both.withUnsafeMutableBufferPointer { both in
        for step in (1...reach).map({ $0 * width }) where step < count {
          for index in step..<count { both[index] = pick(both[index], rows[index - step]) }
          for index in 0..<count - step { both[index] = pick(both[index], rows[index + step]) }
        }
      }
    }
    return both
  }
}
