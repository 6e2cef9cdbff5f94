#if canImport(Glibc)
  import Glibc
#endif

/// Luma with local mean 0 and local standard deviation 1, which light and contrast do not change.
package enum NormalizedLuma {
  /// The side of the square pictures in pixels.
  package static let side = 64

  /// The normalised values.
  ///
  /// - Parameters:
  ///   - values: Luma, 0 to 255, row by row, `side` x `side` values.
  ///   - isKnown: Whether each pixel is part of the picture; nil if all are.
  /// - Returns: As many values; 0 where unknown.
  package static func values(_ values: [Float], _ isKnown: [Bool]? = nil) -> [Float] {
    let isWhole = !(isKnown?.contains(false) ?? false)
    let isKnown = isKnown ?? [Bool](repeating: true, count: values.count)
    let weights = isKnown.map { $0 ? Float(1) : 0 }
    let weight = isWhole ? wholeWeight : blurred(weights)
    var (plane, square) = (values, values)
    for index in values.indices {
      plane[index] = values[index] * weights[index]
      square[index] = values[index] * plane[index]
    }
    (plane, square) = (blurred(plane), blurred(square))
    for index in values.indices {
      guard isKnown[index], weight[index] > 1e-4 else {
        plane[index] = 0
        continue
      }
      let average = plane[index] / weight[index]
      let variance = max(0, square[index] / weight[index] - average * average)
      plane[index] = (values[index] - average) / (variance.squareRoot() + 6)
    }
    return plane
  }

  private static let wholeWeight = blurred([Float](repeating: 1, count: side * side))

  /// Two passes of a box filter of 19 pixels along both axes, which approximate a Gaussian of 8 pixels; 0 beyond the edge.
  private static func blurred(_ plane: [Float]) -> [Float] {
    var (plane, other) = (plane, [Float](repeating: 0, count: side * side))
    plane.withUnsafeMutableBufferPointer { plane in
      other.withUnsafeMutableBufferPointer { other in
        // Both axes are filtered along columns, so that a row of sums is computed at once.
        transpose(plane, other)
        box(other, plane)
        box(plane, other)
        transpose(other, plane)
        box(plane, other)
        box(other, plane)
      }
    }
    return plane
  }

  private static func transpose(
    _ from: UnsafeMutableBufferPointer<Float>, _ to: UnsafeMutableBufferPointer<Float>
  ) {
    for y in 0..<side {
      for x in 0..<side { to[x * side + y] = from[y * side + x] }
    }
  }

  /// One pass of the box along all columns.
  private static func box(
    _ from: UnsafeMutableBufferPointer<Float>, _ to: UnsafeMutableBufferPointer<Float>
  ) {
    let reach = 9
    let (from, to) = (UnsafeRawBufferPointer(from), UnsafeMutableRawBufferPointer(to))
    // In parts of 16 columns, whose sums are in registers.
    for start in stride(from: 0, to: side, by: 16) {
      func offset(_ y: Int) -> Int { (y * side + start) * MemoryLayout<Float>.stride }
      func row(_ y: Int) -> SIMD16<Float> {
        from.loadUnaligned(fromByteOffset: offset(y), as: SIMD16<Float>.self)
      }
      var sum = SIMD16<Float>()
      for y in 0..<reach { sum += row(y) }
      for y in 0..<side {
        if y + reach < side { sum += row(y + reach) }
        if y - reach - 1 >= 0 { sum -= row(y - reach - 1) }
        to.storeBytes(
          of: sum / Float(2 * reach + 1), toByteOffset: offset(y), as: SIMD16<Float>.self)
      }
    }
  }
}
