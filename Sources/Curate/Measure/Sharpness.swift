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
      let own = edges.bySector[sector] + edges.bySector[(sector + 1) % Self.sectors]
      guard own.count >= count else { continue }
      let best = Self.steepest(count, of: own).map { edge in
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

  /// The `count` steepest edges, steepest first.
  private static func steepest(_ count: Int, of edges: [Edge]) -> ArraySlice<Edge> {
    // Only the edges in the steepest bins of a histogram are sorted. A slope is at most 255 / sqrt(2).
    var bins = [Int](repeating: 0, count: 512)
    func bin(_ edge: Edge) -> Int { min(511, Int(edge.slope * 2)) }
    for edge in edges { bins[bin(edge)] += 1 }
    var (lowest, total) = (512, 0)
    while lowest > 0, total < count {
      lowest -= 1
      total += bins[lowest]
    }
    return edges.filter { bin($0) >= lowest }
      .sorted { $0.slope == $1.slope ? $0.index < $1.index : $0.slope > $1.slope }
      .prefix(count)
  }

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
    let (width, height) = (foreground.width, foreground.height)
    let low = zip(foreground.luma, foreground.isInside).map { $1 ? $0 : 255 }
    let high = zip(foreground.luma, foreground.isInside).map { $1 ? $0 : 0 }
    minima = Self.filtered(low, width, height, reach, beyond: 255) { min($0, $1) }
    maxima = Self.filtered(high, width, height, reach, beyond: 0) { max($0, $1) }
  }

  func range(at index: Int) -> Float { Float(maxima[index]) - Float(minima[index]) }

  /// A minimum or maximum filter over rows, then columns; `beyond` is the value beyond the image.
  @inline(__always)
  private static func filtered(
    _ plane: [UInt8], _ width: Int, _ height: Int, _ reach: Int, beyond: UInt8,
    _ pick: (UInt8, UInt8) -> UInt8
  ) -> [UInt8] {
    // Along columns, and along rows by way of the transposed plane.
    let columns = Self.columns(plane, width, height, reach, beyond, pick)
    let rows = Self.columns(Self.transposed(columns, width, height), height, width, reach, beyond, pick)
    return Self.transposed(rows, height, width)
  }

  /// The filter along columns.
  @inline(__always)
  private static func columns(
    _ plane: [UInt8], _ width: Int, _ height: Int, _ reach: Int, _ beyond: UInt8,
    _ pick: (UInt8, UInt8) -> UInt8
  ) -> [UInt8] {
    let margin = [UInt8](repeating: beyond, count: reach * width)
    var padded = margin + plane + margin
    // Each row becomes the result of itself and the next ones, of twice as many after each step, until the window is
    // covered by two such results.
    let window = 2 * reach + 1
    var span = 1
    padded.withUnsafeMutableBufferPointer { padded in
      while span < window {
        let shift = min(span, window - span) * width
        // Plain loops without conditions, which the compiler vectorises.
        for index in 0..<padded.count - shift { padded[index] = pick(padded[index], padded[index + shift]) }
        span += shift / width
      }
    }
    return Array(padded.prefix(width * height))
  }

  private static func transposed(_ plane: [UInt8], _ width: Int, _ height: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: plane.count) { result, count in
      plane.withUnsafeBufferPointer { plane in
        for y in 0..<height {
          for x in 0..<width { result[x * height + y] = plane[y * width + x] }
        }
      }
      count = plane.count
    }
  }
}
