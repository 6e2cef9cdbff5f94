import Dataset
import Imaging

/// Clusters faces by person, by the cosine between their embeddings.
///
/// Pairs are processed in the order of their similarity, and two clusters are merged if the mean similarity of their faces is
/// high enough (average linkage), so a single pair that is similar by chance does not merge two persons.
///
/// Up to `exactLimit` faces are compared each with each. More faces are compared within overlapping neighbourhoods only, so
/// that the time grows with the power 1.5 of their number.
struct IdentityClusters {
  /// The number of each face's person; nil for a face without embedding.
  let numbers: [Int?]

  /// The maximum number of similar faces for each face, so that the number of pairs is linear in the number of faces.
  fileprivate static let neighbours = 32
  /// The maximum number of faces that are compared each with each.
  static let exactLimit = 30_000

  fileprivate typealias Pair = (cosine: Float, first: UInt32, second: UInt32)

  /// - Parameters:
  ///   - faces: The embeddings, each with norm 1; nil for a face without one.
  ///   - alike: The minimum mean cosine between two clusters of one person.
  ///   - jobs: The number of threads.
  ///   - limit: The maximum number of faces that are compared each with each.
  /// - Throws: `CancellationError`.
  init(_ faces: [[Float]?], alike: Double, jobs: Int = 1, limit: Int = Self.exactLimit) async throws {
    let known = faces.indices.filter { faces[$0] != nil }
    let vectors = known.map { faces[$0] ?? [] }
    var pairs =
      vectors.count > limit
      ? try await Neighbourhoods(vectors, jobs: jobs).pairs(alike: alike, jobs: jobs)
      : try await Self.pairs(vectors, alike: alike, jobs: jobs)
    pairs.sort { ($1.cosine, $0.first, $0.second) < ($0.cosine, $1.first, $1.second) }
    var components = UnionFind(count: vectors.count)
    // The mean cosine between two clusters is the dot product of the sums of their vectors, divided by both counts.
    var sums = vectors
    var counts = [Int](repeating: 1, count: vectors.count)
    for (_, first, second) in pairs {
      let (a, b) = (components.root(of: Int(first)), components.root(of: Int(second)))
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

  /// The pairs of similar faces, from comparing each with each.
  private static func pairs(_ vectors: [[Float]], alike: Double, jobs: Int) async throws -> [Pair] {
    let packed = PackedVectors(vectors)
    var pairs: [Pair] = []
    let blocks = stride(from: 0, to: packed.count, by: 64).map { $0..<min(packed.count, $0 + 64) }
    try await orderedMap(blocks, jobs: jobs, makeWorker: {}) { block, _ in
      nearest(to: block, packed, alike) { $0 }
    } deliver: {
      pairs += $1
    }
    return pairs
  }

  /// The most similar later faces to each of some faces, the most similar first.
  ///
  /// - Parameters:
  ///   - places: The positions of the faces in `vectors`.
  ///   - vectors: The embeddings.
  ///   - alike: The minimum cosine.
  ///   - number: The number of the face at a position; it grows with the position.
  /// - Returns: The pairs.
  fileprivate static func nearest(
    to places: Range<Int>, _ vectors: PackedVectors, _ alike: Double, number: (Int) -> Int
  ) -> [Pair] {
    var near = [[Pair]](repeating: [], count: places.count)
    vectors.dotProducts(of: places) { first, second, cosine in
      guard Double(cosine) >= alike else { return }
      near[first - places.lowerBound].append((cosine, UInt32(number(first)), UInt32(number(second))))
    }
    return near.flatMap {
      $0.sorted { ($1.cosine, $0.second) < ($0.cosine, $1.second) }.prefix(neighbours)
    }
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

/// Overlapping groups of similar embeddings: each face belongs to the groups of the pivots that are most similar to it.
///
/// Pivots are some of the faces, drawn at random with a fixed seed (an inverted file; Jegou, Douze and Schmid, "Product
/// Quantization for Nearest Neighbor Search", 2011, without the quantization).
private struct Neighbourhoods: Sendable {
  /// The number of groups that each face belongs to.
  private static let memberships = 10

  private let vectors: [[Float]]
  /// The faces of each group, in order.
  private let groups: [[Int]]

  init(_ vectors: [[Float]], jobs: Int) async throws {
    let count = min(vectors.count, Int(2 * Double(vectors.count).squareRoot()))
    var random = CounterRandom(0x7065_7273_6f6e, UInt64(vectors.count))
    var chosen: Set<Int> = []
    while chosen.count < count { chosen.insert(random.below(vectors.count)) }
    let length = vectors.lazy.map(\.count).max() ?? 0
    let pivots = PackedVectors(chosen.sorted().map { vectors[$0] }, length: length)
    let blocks = stride(from: 0, to: vectors.count, by: 256).map { $0..<min(vectors.count, $0 + 256) }
    var groups = [[Int]](repeating: [], count: count)
    try await orderedMap(blocks, jobs: jobs, makeWorker: {}) { block, _ in
      try Task.checkCancellation()
      return Self.nearest(to: PackedVectors(Array(vectors[block]), length: length), among: pivots)
    } deliver: { block, found in
      for (face, pivots) in zip(block, found) { for pivot in pivots { groups[pivot].append(face) } }
    }
    (self.vectors, self.groups) = (vectors, groups)
  }

  /// The numbers of the pivots that are most similar to each of some faces, the most similar first.
  private static func nearest(to faces: PackedVectors, among pivots: PackedVectors) -> [[Int]] {
    var best = [[(cosine: Float, pivot: Int)]](repeating: [], count: faces.count)
    faces.dotProducts(of: 0..<faces.count, with: pivots) { face, pivot, cosine in
      if best[face].count == memberships, cosine <= best[face][memberships - 1].cosine { return }
      best[face].insert(
        (cosine, pivot), at: best[face].firstIndex { $0.cosine < cosine } ?? best[face].count)
      if best[face].count > memberships { best[face].removeLast() }
    }
    return best.map { $0.map(\.pivot) }
  }

  /// The pairs of similar faces that share a group, each once, with at most `IdentityClusters.neighbours` for each face.
  ///
  /// Group by group, because the embeddings of one group fit into the processor's cache.
  func pairs(alike: Double, jobs: Int) async throws -> [IdentityClusters.Pair] {
    var all: [IdentityClusters.Pair] = []
    try await orderedMap(groups, jobs: jobs, makeWorker: {}) { [vectors] group, _ in
      try Task.checkCancellation()
      return IdentityClusters.nearest(
        to: group.indices, PackedVectors(group.map { vectors[$0] }), alike
      ) { group[$0] }
    } deliver: {
      all += $1
    }
    all.sort { ($0.first, $1.cosine, $0.second) < ($1.first, $0.cosine, $1.second) }
    var kept: [IdentityClusters.Pair] = []
    var count = 0
    for pair in all {
      if let last = kept.last, last.first == pair.first {
        if last.second == pair.second { continue }
        count += 1
      } else {
        count = 1
      }
      if count <= IdentityClusters.neighbours { kept.append(pair) }
    }
    return kept
  }
}
