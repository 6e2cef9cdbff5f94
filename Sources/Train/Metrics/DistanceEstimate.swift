import Foundation

/// The distance between two sets of features, with its standard error.
///
/// It is the unbiased squared maximum mean discrepancy with KID's kernel, (x·y/d + 1)³ (Bińkowski et al. 2018,
/// https://arxiv.org/abs/1801.01401), over all pairs of images instead of over random subsets.
public struct DistanceEstimate: Sendable, Equatable, Codable {
  /// The unbiased estimate: about 0, possibly slightly negative, if both sets have the same distribution.
  public var value: Double
  /// The standard error; nil for fewer than three images.
  public var spread: Double?

  /// An estimate with a known error.
  public init(value: Double, spread: Double?) { (self.value, self.spread) = (value, spread) }

  /// The distance between two sets of features; nil if a set has fewer than two images, for which it is not defined.
  ///
  /// The standard error is a jackknife estimate over at most 20 groups of images (Efron and Stein 1981).
  ///
  /// - Parameters:
  ///   - first: One row of features for each image.
  ///   - second: Rows of the same length.
  public init?(_ first: [[Float]], _ second: [[Float]]) {
    guard first.count > 1, second.count > 1 else { return nil }
    let (n, m) = (first.count, second.count)
    let groups = min(20, n, m)
    // Sums of the kernel between groups: within the first set, within the second, and across.
    var (xx, yy, xy) = (Matrix(groups), Matrix(groups), Matrix(groups))
    for i in 0..<n {
      for j in 0..<i { xx[i % groups, j % groups] += 2 * Self.kernel(first[i], first[j]) }
      for j in 0..<m { xy[i % groups, j % groups] += Self.kernel(first[i], second[j]) }
    }
    for i in 0..<m {
      for j in 0..<i { yy[i % groups, j % groups] += 2 * Self.kernel(second[i], second[j]) }
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
    guard parts.count > 1 else {
      self.init(value: value, spread: nil)
      return
    }
    let mean = parts.reduce(0, +) / Double(parts.count)
    let variance =
      parts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * Double(parts.count - 1) / Double(parts.count)
    self.init(value: value, spread: variance.squareRoot())
  }

  /// The sum of two independent estimates.
  static func + (first: DistanceEstimate, second: DistanceEstimate) -> DistanceEstimate {
    var spread: Double?
    if let a = first.spread, let b = second.spread { spread = (a * a + b * b).squareRoot() }
    return DistanceEstimate(value: first.value + second.value, spread: spread)
  }

  /// Whether it is smaller than `other` by more than both standard errors; a smaller difference could be chance.
  func isClearlyBelow(_ other: DistanceEstimate) -> Bool {
    guard let spread else { return false }
    return value < other.value - max(spread, other.spread ?? 0)
  }

  /// The value with its standard error, as `0.0123 ± 0.0045`.
  public var text: String {
    String(format: "%.4f", value) + (spread.map { String(format: " ± %.4f", $0) } ?? "")
  }

  private static func kernel(_ x: [Float], _ y: [Float]) -> Double {
    let dot = x.withUnsafeBufferPointer { x in
      y.withUnsafeBufferPointer { y in
        var dot: Float = 0
        for index in 0..<min(x.count, y.count) { dot += x[index] * y[index] }
        return dot
      }
    }
    let base = Double(dot) / Double(x.count) + 1
    return base * base * base
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
