/// The two directions in which small images vary most, by the power method.
enum PrincipalComponents {
  /// The number of iterations; the directions need not be exact.
  private static let iterations = 24
  /// The maximum number of images from which the directions are computed, evenly spaced.
  private static let maximumSamples = 1000

  /// The coordinates of `images` along the two directions of largest variance.
  ///
  /// The result depends only on the images: the start is fixed, and the largest component of each direction is positive.
  ///
  /// - Parameter images: The samples of images with the same number of samples; those with another number than the first
  ///   are at the origin.
  /// - Returns: Two coordinates for each image; the standard deviation of the first is 1, that of the second at most 1.
  static func coordinates(of images: [[UInt8]]) -> [[Float]] {
    guard let length = images.first?.count, length > 0 else { return images.map { _ in [0, 0] } }
    let used = images.filter { $0.count == length }
    let number = min(used.count, maximumSamples)
    var centred = (0..<number).map { used[$0 * used.count / number].map(Float.init) }
    var mean = [Float](repeating: 0, count: length)
    for vector in centred { add(vector, times: 1 / Float(number), to: &mean) }
    for index in centred.indices { add(mean, times: -1, to: &centred[index]) }
    var directions: [[Float]] = []
    for _ in 0..<2 {
      let direction = direction(of: centred, length: length)
      directions.append(direction)
      // What remains is perpendicular to this direction.
      for index in centred.indices {
        add(direction, times: -dot(centred[index], direction), to: &centred[index])
      }
    }
    let coordinates = images.map { image in
      guard image.count == length else { return [Float](repeating: 0, count: 2) }
      var vector = image.map(Float.init)
      add(mean, times: -1, to: &vector)
      return directions.map { dot(vector, $0) }
    }
    let variance = coordinates.reduce(Float(0)) { $0 + $1[0] * $1[0] } / Float(images.count)
    let scale = variance > 0 ? 1 / variance.squareRoot() : 0
    return coordinates.map { $0.map { $0 * scale } }
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
