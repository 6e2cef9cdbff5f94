/// The two directions in which vectors vary most, by the power method.
enum PrincipalComponents {
  /// The number of iterations; the directions need not be exact.
  private static let iterations = 24

  /// The coordinates of `vectors` along the two directions of largest variance.
  ///
  /// The result depends only on the vectors: the start is fixed, and the largest component of each direction is positive.
  ///
  /// - Parameter vectors: Vectors of the same length; those of another length than the first are at the origin.
  /// - Returns: Two coordinates for each vector; the standard deviation of the first is 1, that of the second at most 1.
  static func coordinates(of vectors: [[Float]]) -> [[Float]] {
    guard let length = vectors.first?.count, length > 0 else { return vectors.map { _ in [0, 0] } }
    let used = vectors.filter { $0.count == length }
    var mean = [Float](repeating: 0, count: length)
    for vector in used { for index in 0..<length { mean[index] += vector[index] } }
    for index in 0..<length { mean[index] /= Float(used.count) }
    var centred = vectors.map { vector in
      vector.count == length ? zip(vector, mean).map { $0 - $1 } : [Float](repeating: 0, count: length)
    }
    var coordinates = vectors.map { _ in [Float]() }
    for _ in 0..<2 {
      let direction = direction(of: centred, length: length)
      for (index, vector) in centred.enumerated() {
        let along = dot(vector, direction)
        coordinates[index].append(along)
        // What remains is perpendicular to this direction.
        for part in 0..<length { centred[index][part] -= along * direction[part] }
      }
    }
    let variance = coordinates.reduce(Float(0)) { $0 + $1[0] * $1[0] } / Float(vectors.count)
    let scale = variance > 0 ? 1 / variance.squareRoot() : 0
    return coordinates.map { $0.map { $0 * scale } }
  }

  /// The direction of largest variance of centred vectors, with length 1; zero if all vectors are equal.
  private static func direction(of vectors: [[Float]], length: Int) -> [Float] {
    var direction = (0..<length).map { 1 + Float($0 % 7) / 7 }
    for _ in 0..<iterations {
      var next = [Float](repeating: 0, count: length)
      for vector in vectors {
        let along = dot(vector, direction)
        for index in 0..<length { next[index] += along * vector[index] }
      }
      let size = dot(next, next).squareRoot()
      guard size > 0, size.isFinite else { return [Float](repeating: 0, count: length) }
      for index in 0..<length { direction[index] = next[index] / size }
    }
    let largest = direction.max { abs($0) < abs($1) } ?? 0
    return largest < 0 ? direction.map { -$0 } : direction
  }

  private static func dot(_ left: [Float], _ right: [Float]) -> Float {
    var sum: Float = 0
    for index in 0..<min(left.count, right.count) { sum += left[index] * right[index] }
    return sum
  }
}
