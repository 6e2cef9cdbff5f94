/// The normal equations of a least-squares problem with six unknowns, summed one observation at a time.
package struct NormalEquations: Sendable {
  // Six properties instead of an array, so that they stay in registers.
  @usableFromInline var row0 = SIMD8<Float>.zero
  @usableFromInline var row1 = SIMD8<Float>.zero
  @usableFromInline var row2 = SIMD8<Float>.zero
  @usableFromInline var row3 = SIMD8<Float>.zero
  @usableFromInline var row4 = SIMD8<Float>.zero
  @usableFromInline var row5 = SIMD8<Float>.zero
  @usableFromInline var right = SIMD8<Float>.zero

  /// Equations without observations.
  package init() {}

  /// Adds the observation that the dot product of `row` and the six unknowns is `value`.
  ///
  /// It is inlined into loops over pixels.
  @inlinable package mutating func add(_ row: SIMD8<Float>, _ value: Float, weight: Float) {
    let weighted = row * weight
    row0 += weighted[0] * row
    row1 += weighted[1] * row
    row2 += weighted[2] * row
    row3 += weighted[3] * row
    row4 += weighted[4] * row
    row5 += weighted[5] * row
    right += weighted * value
  }

  /// The six unknowns, by Gaussian elimination with pivoting; nil if they are not determined.
  package func solve() -> [Float]? {
    let rows = [row0, row1, row2, row3, row4, row5]
    var matrix = (0..<6).map { row in
      (0..<6).map { Double(rows[row][$0]) + ($0 == row ? 1e-3 : 0) } + [Double(right[row])]
    }
    for column in 0..<6 {
      guard let pivot = (column..<6).max(by: { abs(matrix[$0][column]) < abs(matrix[$1][column]) }),
        abs(matrix[pivot][column]) > 1e-9
      else { return nil }
      matrix.swapAt(column, pivot)
      for row in 0..<6 where row != column {
        let factor = matrix[row][column] / matrix[column][column]
        for index in column...6 { matrix[row][index] -= factor * matrix[column][index] }
      }
    }
    return (0..<6).map { Float(matrix[$0][6] / matrix[$0][$0]) }
  }
}
