/// KID and FID between two sets of features, computed as torch-fidelity does.
///
/// Demystifying MMD GANs, https://arxiv.org/abs/1801.01401 (KID); GANs Trained by a Two Time-Scale Update Rule,
/// https://arxiv.org/abs/1706.08500 (FID). Source: toshas/torch-fidelity, metric_kid.py and metric_fid.py.
public struct KernelDistance: Sendable, Equatable, Codable {
  /// The mean of KID over 100 subsets.
  public var kid: Double
  /// Its standard deviation over the subsets.
  public var deviation: Double
  /// The Fréchet distance of all features.
  ///
  /// The estimate is too large for few images, so compare values only for equal numbers of images.
  public var fid: Double

  /// The distance between two sets of features; nil if a set has fewer than two images.
  ///
  /// - Parameters:
  ///   - first: One row of features for each image.
  ///   - second: Rows of the same length.
  ///   - subsetSize: The size of a subset; 50 is usual for 100 test images. Smaller sets use all of their images.
  public init?(_ first: [[Float]], _ second: [[Float]], subsetSize: Int = 50) {
    guard first.count > 1, second.count > 1, let width = first.first?.count, width > 0 else { return nil }
    let size = min(subsetSize, first.count, second.count)
    func kernel(_ a: [[Float]], _ b: [[Float]]) -> [[Double]] {
      a.map { x in
        b.map { y in
          var dot = 0.0
          for index in 0..<width { dot += Double(x[index]) * Double(y[index]) }
          let base = dot / Double(width) + 1
          return base * base * base
        }
      }
    }
    let (xx, yy, xy) = (kernel(first, first), kernel(second, second), kernel(first, second))
    var random = MersenneTwister(seed: 2020)
    let values = (0..<100).map { _ -> Double in
      let a = random.permutation(first.count).prefix(size)
      let b = random.permutation(second.count).prefix(size)
      var (within, across) = (0.0, 0.0)
      for i in a { for j in a where i != j { within += xx[i][j] } }
      for i in b { for j in b where i != j { within += yy[i][j] } }
      for i in a { for j in b { across += xy[i][j] } }
      let m = Double(size)
      return within / (m * (m - 1)) - 2 * across / (m * m)
    }
    let mean = values.reduce(0, +) / 100
    kid = mean
    deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 100).squareRoot()
    fid = Self.frechet(first, second, width)
  }

  /// |mean1 - mean2|² + tr S1 + tr S2 - 2 tr sqrt(S1 S2).
  ///
  /// For centred features X and Y in rows, the non-zero eigenvalues of S1 S2 are those of (X Yᵀ)(X Yᵀ)ᵀ / ((n - 1)(m - 1)).
  /// So the last trace is the sum of the singular values of the small matrix X Yᵀ, divided by sqrt((n - 1)(m - 1)).
  private static func frechet(_ first: [[Float]], _ second: [[Float]], _ width: Int) -> Double {
    func centred(_ rows: [[Float]]) -> (mean: [Double], rows: [[Double]]) {
      var mean = [Double](repeating: 0, count: width)
      for row in rows { for index in 0..<width { mean[index] += Double(row[index]) } }
      for index in 0..<width { mean[index] /= Double(rows.count) }
      return (mean, rows.map { row in (0..<width).map { Double(row[$0]) - mean[$0] } })
    }
    let (x, y) = (centred(first), centred(second))
    func dot(_ a: [Double], _ b: [Double]) -> Double {
      var sum = 0.0
      for index in 0..<a.count { sum += a[index] * b[index] }
      return sum
    }
    func trace(_ rows: [[Double]]) -> Double {
      rows.reduce(0) { $0 + dot($1, $1) } / Double(rows.count - 1)
    }
    let distance = (0..<width).reduce(0.0) { sum, index in
      let difference = x.mean[index] - y.mean[index]
      return sum + difference * difference
    }
    let cross = x.rows.map { row in y.rows.map { dot(row, $0) } }
    let scale = (Double(first.count - 1) * Double(second.count - 1)).squareRoot()
    return distance + trace(x.rows) + trace(y.rows) - 2 * singularValues(cross).reduce(0, +) / scale
  }

  /// The singular values of a matrix of rows, by one-sided Jacobi rotations (Hestenes 1958).
  static func singularValues(_ matrix: [[Double]]) -> [Double] {
    var rows = matrix
    for _ in 0..<60 {
      var isDone = true
      for i in 0..<rows.count {
        for j in (i + 1)..<max(i + 1, rows.count) {
          var (a, b, c) = (0.0, 0.0, 0.0)
          for index in rows[i].indices {
            a += rows[i][index] * rows[i][index]
            b += rows[j][index] * rows[j][index]
            c += rows[i][index] * rows[j][index]
          }
          guard c.magnitude > 1e-12 * (a * b).squareRoot(), a > 0, b > 0 else { continue }
          isDone = false
          let zeta = (b - a) / (2 * c)
          let t = (zeta < 0 ? -1 : 1) / (zeta.magnitude + (1 + zeta * zeta).squareRoot())
          let cosine = 1 / (1 + t * t).squareRoot()
          let sine = cosine * t
          for index in rows[i].indices {
            let (p, q) = (rows[i][index], rows[j][index])
            rows[i][index] = cosine * p - sine * q
            rows[j][index] = sine * p + cosine * q
          }
        }
      }
      if isDone { break }
    }
    return rows.map { row in row.reduce(0) { $0 + $1 * $1 }.squareRoot() }
  }
}

/// The random generator of numpy.random.RandomState, with which torch-fidelity draws its subsets.
///
/// Source: Matsumoto and Nishimura 1998, mt19937ar.c; numpy, legacy-distributions.c, `legacy_random_interval`.
struct MersenneTwister {
  private var state: [UInt32]
  private var index = 624

  init(seed: UInt32) {
    state = [UInt32](repeating: seed, count: 624)
    for i in 1..<624 { state[i] = 1_812_433_253 &* (state[i - 1] ^ state[i - 1] >> 30) &+ UInt32(i) }
  }

  /// The next 32 random bits.
  mutating func next() -> UInt32 {
    if index == 624 {
      for i in 0..<624 {
        let y = state[i] & 0x8000_0000 | state[(i + 1) % 624] & 0x7FFF_FFFF
        state[i] = state[(i + 397) % 624] ^ y >> 1 ^ (y & 1 == 1 ? 0x9908_B0DF : 0)
      }
      index = 0
    }
    var y = state[index]
    index += 1
    y ^= y >> 11
    y ^= y << 7 & 0x9D2C_5680
    y ^= y << 15 & 0xEFC6_0000
    return y ^ y >> 18
  }

  /// The numbers 0..<`count` in random order.
  mutating func permutation(_ count: Int) -> [Int] {
    var values = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) {
      let mask = UInt32.max >> UInt32(i).leadingZeroBitCount
      var j = next() & mask
      while j > UInt32(i) { j = next() & mask }
      values.swapAt(i, Int(j))
    }
    return values
  }
}
