public import Imaging

/// A distance between two sets of images by their colours and edges, without a network.
///
/// It is the unbiased squared maximum mean discrepancy with KID's kernel, (x·y/d + 1)³ (Bińkowski et al. 2018). The features
/// are 8 x 8 mean colours and, in each of 4 x 4 cells, the strength of edges in 8 directions. It compares checkpoints of one
/// run; its values are not comparable to the KID of papers, which uses Inception.
public enum FeatureDistance {
  /// The features of an image: 192 of colour and 128 of edges, each about -1...1.
  public static func features(_ picture: ImageBuffer) -> [Float] {
    let rgb = picture.composited(on: [255, 255, 255]).resized(to: PixelSize(width: 64, height: 64))
      .converted(to: .rgb)
    let small = rgb.resized(to: PixelSize(width: 8, height: 8))
    var features = small.bytes.map { Float($0) / 127.5 - 1 }
    let gray = rgb.converted(to: .gray).bytes.map { Float($0) / 255 }
    var edges = [Float](repeating: 0, count: 128)
    for y in 1..<63 {
      for x in 1..<63 {
        let dx = gray[y * 64 + x + 1] - gray[y * 64 + x - 1]
        let dy = gray[(y + 1) * 64 + x] - gray[(y - 1) * 64 + x]
        let strength = (dx * dx + dy * dy).squareRoot()
        // The octant of the direction, by the signs of the components and which is longer.
        let octant = (dy < 0 ? 4 : 0) + (dx < 0 ? 2 : 0) + (dx.magnitude < dy.magnitude ? 1 : 0)
        edges[(y / 16 * 4 + x / 16) * 8 + octant] += strength
      }
    }
    features += edges.map { min($0 / 16, 2) - 0.5 }
    return features
  }

  /// A distance with its standard error.
  public struct Estimate: Sendable, Equatable, Codable {
    /// The unbiased estimate: about 0, possibly slightly negative, if both sets have the same distribution.
    public var value: Double
    /// The standard error; nil for fewer than three images.
    public var spread: Double?
  }

  /// The distance between two sets of features.
  ///
  /// The standard error is a jackknife estimate over at most 20 groups of images (Efron and Stein 1981).
  ///
  /// - Returns: The estimate; nil if a set has fewer than two images, for which it is not defined.
  public static func estimate(_ first: [[Float]], _ second: [[Float]]) -> Estimate? {
    guard first.count > 1, second.count > 1 else { return nil }
    func kernel(_ x: [Float], _ y: [Float]) -> Double {
      var dot: Float = 0
      for index in x.indices { dot += x[index] * y[index] }
      let base = Double(dot) / Double(x.count) + 1
      return base * base * base
    }
    let (n, m) = (first.count, second.count)
    let groups = min(20, n, m)
    // Sums of the kernel between groups: within the first set, within the second, and across.
    var (xx, yy, xy) = (Matrix(groups), Matrix(groups), Matrix(groups))
    for i in 0..<n {
      for j in 0..<n where i != j { xx[i % groups, j % groups] += kernel(first[i], first[j]) }
      for j in 0..<m { xy[i % groups, j % groups] += kernel(first[i], second[j]) }
    }
    for i in 0..<m {
      for j in 0..<m where i != j { yy[i % groups, j % groups] += kernel(second[i], second[j]) }
    }
    func distance(leavingOut left: Int?) -> Double? {
      func size(_ count: Int) -> Double {
        Double(count - (left.map { (count - $0 + groups - 1) / groups } ?? 0))
      }
      let (p, q) = (size(n), size(m))
      guard p > 1, q > 1 else { return nil }
      return xx.sum(without: left) / (p * (p - 1)) + yy.sum(without: left) / (q * (q - 1))
        - 2 * xy.sum(without: left) / (p * q)
    }
    guard let value = distance(leavingOut: nil) else { return nil }
    let parts = (0..<groups).compactMap { distance(leavingOut: $0) }
    guard parts.count > 1 else { return Estimate(value: value, spread: nil) }
    let mean = parts.reduce(0, +) / Double(parts.count)
    let variance =
      parts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * Double(parts.count - 1) / Double(parts.count)
    return Estimate(value: value, spread: variance.squareRoot())
  }

  /// A square matrix of sums.
  private struct Matrix {
    private let side: Int
    private var values: [Double]

    init(_ side: Int) { (self.side, values) = (side, [Double](repeating: 0, count: side * side)) }

    subscript(row: Int, column: Int) -> Double {
      get { values[row * side + column] }
      set { values[row * side + column] = newValue }
    }

    /// The sum of all entries outside row `left` and column `left`.
    func sum(without left: Int?) -> Double {
      var sum = 0.0
      for row in 0..<side where row != left {
        for column in 0..<side where column != left { sum += self[row, column] }
      }
      return sum
    }
  }
}
