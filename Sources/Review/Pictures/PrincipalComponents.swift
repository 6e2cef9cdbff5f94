/// The two directions in which small images vary most, by the power method.
///
/// They depend only on the images: the start is fixed, and the largest component of each direction is positive.
struct PrincipalComponents {
  /// The number of iterations; the directions need not be exact.
  private static let iterations = 24

  private let mean: [Float]
  private let directions: [[Float]]
  private let scale: Float

  /// The directions of `images`; those with another number of samples than the first are ignored.
  init(of images: [[UInt8]]) {
    let length = images.first?.count ?? 0
    var centred = images.filter { $0.count == length }.map { $0.map(Float.init) }
    var mean = [Float](repeating: 0, count: length)
    for vector in centred { Self.add(vector, times: 1 / Float(centred.count), to: &mean) }
    for index in centred.indices { Self.add(mean, times: -1, to: &centred[index]) }
    var (directions, variance): ([[Float]], Float) = ([], 0)
    for _ in 0..<2 {
      let direction = Self.direction(of: centred, length: length)
      // What remains is perpendicular to this direction.
      for index in centred.indices {
        let along = Self.dot(centred[index], direction)
        if directions.isEmpty { variance += along * along / Float(centred.count) }
        Self.add(direction, times: -along, to: &centred[index])
      }
      directions.append(direction)
    }
    (self.mean, self.directions) = (mean, directions)
    scale = variance > 0 ? 1 / variance.squareRoot() : 0
  }

  /// The two coordinates of an image along the directions; for the images of `init`, the standard deviation of the first is 1, that
  /// of the second at most 1.
  ///
  /// An image with another number of samples is at the origin.
  func coordinates(of image: [UInt8]) -> [Float] {
    guard image.count == mean.count else { return [0, 0] }
    var vector = image.map(Float.init)
    Self.add(mean, times: -1, to: &vector)
    return directions.map { Self.dot(vector, $0) * scale }
  }

  /// The direction of largest variance of centred vectors, with length 1; zero if all vectors are equal.
  private static func direction(of vectors: [[Float]], length: Int) -> [Float] {
    var direction = (0..<length).map { 1 + Float($0 % 7) / 7 }
    for _ in 0..<iterations {
      var next = [Float](repeating: 0, count: length)
      for vector in vectors { add(vector, times: dot(vector, direction), to: &next) }
      let size = dot(next, next).squareRoot()
      guard size > 0, size.isFinite else { return [Float](repeating: 0, count: length) }
      for index in 0..<length { direction[index] = next[index] / size }
    }
    let largest = direction.max { abs($0) < abs($1) } ?? 0
    return largest < 0 ? direction.map { -$0 } : direction
  }

  private static func add(_ vector: [Float], times factor: Float, to sum: inout [Float]) {
    for index in sum.indices { sum[index] += factor * vector[index] }
  }

  private static func dot(_ left: [Float], _ right: [Float]) -> Float {
    var sum: Float = 0
    for index in 0..<min(left.count, right.count) { sum += left[index] * right[index] }
    return sum
  }
}
