import Dataset
import Imaging

/// Clusters faces by person, by the cosine between their embeddings.
///
/// Pairs are processed in the order of their similarity, and two clusters are merged if the mean similarity of their faces is
/// high enough (average linkage), so a single pair that is similar by chance does not merge two persons.
struct IdentityClusters {
  /// The number of each face's person; nil for a face without embedding.
  let numbers: [Int?]

  /// The maximum number of similar faces for each face, so that the number of pairs is linear in the number of faces.
  private static let neighbours = 32

  /// - Parameters:
  ///   - faces: The embeddings, each with norm 1; nil for a face without one.
  ///   - alike: The minimum mean cosine between two clusters of one person.
  ///   - jobs: The number of threads.
  /// - Throws: `CancellationError`.
  init(_ faces: [[Float]?], alike: Double, jobs: Int = 1) async throws {
    let known = faces.indices.filter { faces[$0] != nil }
    let vectors = known.map { faces[$0] ?? [] }
    var pairs: [(cosine: Float, first: Int, second: Int)] = []
    let blocks = stride(from: 0, to: vectors.count, by: 64).map { $0..<min(vectors.count, $0 + 64) }
    try await orderedMap(blocks, jobs: jobs, makeWorker: {}) { block, _ in
      block.flatMap { first -> [(cosine: Float, first: Int, second: Int)] in
        var near: [(cosine: Float, first: Int, second: Int)] = []
        for second in (first + 1)..<max(first + 1, vectors.count) {
          let cosine = Self.cosine(vectors[first], vectors[second])
          if Double(cosine) >= alike { near.append((cosine, first, second)) }
        }
        return near.sorted { ($1.cosine, $0.second) < ($0.cosine, $1.second) }.prefix(Self.neighbours).map {
          $0
        }
      }
    } deliver: {
      pairs += $1
    }
    pairs.sort { ($1.cosine, $0.first, $0.second) < ($0.cosine, $1.first, $1.second) }
    var components = UnionFind(count: vectors.count)
    // The mean cosine between two clusters is the dot product of the sums of their vectors, divided by both counts.
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

  /// The dot product, which is the cosine of vectors with norm 1.
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
