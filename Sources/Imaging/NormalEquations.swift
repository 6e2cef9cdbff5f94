/// The normal equations of a least-squares problem with six unknowns, summed one observation at a time.
package struct NormalEquations: Sendable {
  @usableFromInline var rows = [SIMD8<Float>](repeating: .zero, count: 6)
  @usableFromInline var right = SIMD8<Float>.zero

  /// Equations without observations.
  package init() {}

  /// Adds the observation that the dot product of `row` and the six unknowns is `value`.
  ///
  /// It is inlined into loops over pixels.
  @inlinable package mutating func add(_ row: SIMD8<Float>, _ value: Float, weight: Float) {
    let weighted = row * weight
    for index in 0..<6 { rows[index] += weighted[index] * row }
    right += weighted * value
  }

  /// The six unknowns, by Gaussian elimination with pivoting; nil if they are not determined.
  package func solve() -> [Float]? {
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
