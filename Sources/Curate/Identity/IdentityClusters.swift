import Imaging

/// Tells which faces are one person's, by the cosine between their embeddings.
///
/// Pairs are taken the most alike first, and two persons become one where all their faces are so alike on average
/// (average linkage): one pair that is alike by chance does not chain two persons together.
struct IdentityClusters {
  /// A number for each face's person; nil where a face has no embedding.
  let numbers: [Int?]

  /// - Parameters:
  ///   - faces: The embeddings, each of length 1; nil where there is none.
  ///   - alike: The least mean cosine within a person.
  init(_ faces: [[Float]?], alike: Double) {
    let known = faces.indices.filter { faces[$0] != nil }
    let vectors = known.map { faces[$0] ?? [] }
    var pairs: [(cosine: Float, first: Int, second: Int)] = []
    for first in vectors.indices {
      for second in vectors.indices[(first + 1)...] {
        let cosine = Self.cosine(vectors[first], vectors[second])
        if Double(cosine) >= alike { pairs.append((cosine, first, second)) }
      }
    }
    pairs.sort { ($1.cosine, $0.first, $0.second) < ($0.cosine, $1.first, $1.second) }
    var components = UnionFind(count: vectors.count)
    // The sum of a person's vectors: the mean cosine between two persons is that of their sums, by their counts.
    var sums = vectors
    var counts = [Int](repeating: 1, count: vectors.count)
    for (_, first, second) in pairs {
      let (a, b) = (components.root(of: first), components.root(of: second))
      guard a != b, Double(Self.cosine(sums[a], sums[b])) / Double(counts[a] * counts[b]) >= alike else {
        continue
      }
      components.join(a, b)
      let (root, other) = (min(a, b), max(a, b))
      for at in sums[root].indices { sums[root][at] += sums[other][at] }
      counts[root] += counts[other]
    }
    var numbers = [Int?](repeating: nil, count: faces.count)
    for (at, index) in known.enumerated() { numbers[index] = components.root(of: at) }
    self.numbers = numbers
  }

  /// The dot product, which is the cosine between vectors of length 1.
  static func cosine(_ a: [Float], _ b: [Float]) -> Float {
    var sum = SIMD8<Float>.zero
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        let count = min(a.count, b.count)
        for start in stride(from: 0, to: count - 7, by: 8) {
          var (x, y) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
          for lane in 0..<8 { (x[lane], y[lane]) = (a[start + lane], b[start + lane]) }
          sum += x * y
        }
        for at in (count / 8 * 8)..<count { sum[0] += a[at] * b[at] }
      }
    }
    return sum.sum()
  }
}
