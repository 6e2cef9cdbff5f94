/// The least-squares equations of six unknowns, summed up one observation at a time.
package struct NormalEquations: Sendable {
  @usableFromInline var rows = [SIMD8<Float>](repeating: .zero, count: 6)
  @usableFromInline var right = SIMD8<Float>.zero

  /// No observations yet.
  package init() {}

  /// Takes in that the six unknowns, multiplied by `row` and summed up, come to `value`.
  ///
  /// Inlined into the loops over pixels that call it.
  @inlinable package mutating func add(_ row: SIMD8<Float>, _ value: Float, weight: Float) {
    let weighted = row * weight
    for index in 0..<6 { rows[index] += weighted[index] * row }
    right += weighted * value
  }

  /// The six unknowns by Gaussian elimination with pivots; nil where they are not determined.
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
