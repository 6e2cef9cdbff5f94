/// Vectors of one length in one piece of memory, for the dot products of many with many.
struct PackedVectors: Sendable {
  /// The number of vectors.
  let count: Int
  private let length: Int
  private let values: [Float]

  /// The number of vectors that are multiplied with another one at a time: their sums do not wait for each other.
  private static let rows = 4

  /// Packs `vectors`; zeros are appended to those that are shorter than `length`.
  ///
  /// - Parameters:
  ///   - vectors: The vectors.
  ///   - length: Their length; nil for that of the longest one.
  init(_ vectors: [[Float]], length: Int? = nil) {
    count = vectors.count
    let length = length ?? vectors.lazy.map(\.count).max() ?? 0
    var values: [Float] = []
    values.reserveCapacity(vectors.count * length)
    for vector in vectors {
      values += vector.prefix(length)
      if vector.count < length { values += [Float](repeating: 0, count: length - vector.count) }
    }
    (self.length, self.values) = (length, values)
  }

  /// Computes the dot products of some vectors with `others`, which have the same length.
  ///
  /// - Parameters:
  ///   - places: The positions of the vectors.
  ///   - others: The other vectors; nil for those in this set that come after each vector.
  ///   - body: Gets the position of a vector, that of the other one, and the product; the others of a vector are in order.
  func dotProducts(
    of places: Range<Int>, with others: PackedVectors? = nil,
    _ body: (_ own: Int, _ other: Int, _ product: Float) -> Void
  ) {
    precondition(others == nil || others?.length == length, "vectors of one length")
    values.withUnsafeBufferPointer { own in
      (others ?? self).values.withUnsafeBufferPointer { other in
        guard let own = own.baseAddress, let other = other.baseAddress else { return }
        for first in stride(from: places.lowerBound, to: places.upperBound, by: Self.rows) {
          let rows = first..<min(first + Self.rows, places.upperBound)
          let seconds = others.map { 0..<$0.count } ?? first + 1..<max(first + 1, count)
          for second in seconds {
            multiply(rows, of: own, with: other + second * length) { row, product in
              if others != nil || second > row { body(row, second, product) }
            }
          }
        }
      }
    }
  }

  /// Computes the dot products of up to four vectors with another one, in the order of operations of `IdentityClusters.cosine`.
  @inline(__always) private func multiply(
    _ rows: Range<Int>, of start: UnsafePointer<Float>, with other: UnsafePointer<Float>,
    _ body: (Int, Float) -> Void
  ) {
    // Missing rows repeat the last one.
    func row(_ number: Int) -> UnsafePointer<Float> {
      start + min(rows.lowerBound + number, rows.upperBound - 1) * length
    }
    func load(_ pointer: UnsafePointer<Float>, _ at: Int) -> SIMD8<Float> {
      UnsafeRawPointer(pointer + at).loadUnaligned(as: SIMD8<Float>.self)
    }
    let (a, b, c, d) = (row(0), row(1), row(2), row(3))
    var (sumA, sumB, sumC, sumD) = (
      SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero
    )
    let even = length / 8 * 8
    for at in stride(from: 0, to: even, by: 8) {
      let y = load(other, at)
      sumA += load(a, at) * y
      sumB += load(b, at) * y
      sumC += load(c, at) * y
      sumD += load(d, at) * y
    }
    for at in even..<length {
      sumA[0] += a[at] * other[at]
      sumB[0] += b[at] * other[at]
      sumC[0] += c[at] * other[at]
      sumD[0] += d[at] * other[at]
    }
    body(rows.lowerBound, sumA.sum())
    if rows.count > 1 { body(rows.lowerBound + 1, sumB.sum()) }
    if rows.count > 2 { body(rows.lowerBound + 2, sumC.sum()) }
    if rows.count > 3 { body(rows.lowerBound + 3, sumD.sum()) }
  }
}
