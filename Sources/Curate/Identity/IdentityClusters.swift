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
  private static let neighbours = 32
  /// The maximum number of faces that are compared each with each.
  static let exactLimit = 12_000

  private typealias Pair = (cosine: Float, first: UInt32, second: UInt32)

  /// - Parameters:
  ///   - faces: The embeddings, each with norm 1; nil for a face without one.
  ///   - alike: The minimum mean cosine between two clusters of one person.
  ///   - jobs: The number of threads.
  ///   - limit: The maximum number of faces that are compared each with each.
  /// - Throws: `CancellationError`.
  init(_ faces: [[Float]?], alike: Double, jobs: Int = 1, limit: Int = Self.exactLimit) async throws {
    let known = faces.indices.filter { faces[$0] != nil }
    let vectors = known.map { faces[$0] ?? [] }
    let nearby =
      vectors.count > limit ? try await Neighbourhoods(vectors, jobs: jobs) : nil
    var pairs: [Pair] = []
    let blocks = stride(from: 0, to: vectors.count, by: 64).map { $0..<min(vectors.count, $0 + 64) }
    try await orderedMap(blocks, jobs: jobs) {
      Marks(count: nearby == nil ? 0 : vectors.count)
    } work: { block, marks -> [Pair] in
      try Task.checkCancellation()
      return block.flatMap { first -> [Pair] in
        var near: [Pair] = []
        func compare(_ second: Int) {
          let cosine = Self.cosine(vectors[first], vectors[second])
          if Double(cosine) >= alike { near.append((cosine, UInt32(first), UInt32(second))) }
        }
        if let nearby {
          nearby.eachLaterFace(near: first, marks, compare)
        } else {
          for second in (first + 1)..<max(first + 1, vectors.count) { compare(second) }
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
  private static let most = 3

  private let memberships: Int
  /// The pivots of each face, `memberships` for each.
  private let pivots: [UInt32]
  /// The faces of each pivot, in order.
  private let members: [[UInt32]]

  init(_ vectors: [[Float]], jobs: Int) async throws {
    let count = min(vectors.count, Int(2 * Double(vectors.count).squareRoot()))
    var random = CounterRandom(0x7065_7273_6f6e, UInt64(vectors.count))
    var chosen: Set<Int> = []
    while chosen.count < count { chosen.insert(random.below(vectors.count)) }
    let centres = chosen.sorted().map { vectors[$0] }
    let memberships = min(Self.most, count)
    let blocks = stride(from: 0, to: vectors.count, by: 256).map { $0..<min(vectors.count, $0 + 256) }
    var pivots: [UInt32] = []
    pivots.reserveCapacity(vectors.count * memberships)
    try await orderedMap(blocks, jobs: jobs, makeWorker: {}) { block, _ in
      try Task.checkCancellation()
      return block.flatMap { Self.nearest(memberships, to: vectors[$0], among: centres) }
    } deliver: {
      pivots += $1
    }
    var members = [[UInt32]](repeating: [], count: count)
    for (place, pivot) in pivots.enumerated() {
      members[Int(pivot)].append(UInt32(place / memberships))
    }
    (self.pivots, self.members, self.memberships) = (pivots, members, memberships)
  }

  /// The numbers of the most similar pivots, the most similar first.
  private static func nearest(_ memberships: Int, to vector: [Float], among centres: [[Float]]) -> [UInt32] {
    var best: [(cosine: Float, pivot: UInt32)] = []
    for (number, centre) in centres.enumerated() {
      let cosine = IdentityClusters.cosine(vector, centre)
      if best.count == memberships, cosine <= best[memberships - 1].cosine { continue }
      best.insert((cosine, UInt32(number)), at: best.firstIndex { $0.cosine < cosine } ?? best.count)
      if best.count > memberships { best.removeLast() }
    }
    return best.map(\.pivot)
  }

  /// Calls `body` with each face after `face` that shares a group with it, once.
  func eachLaterFace(near face: Int, _ marks: Marks, _ body: (Int) -> Void) {
    marks.clear()
    for pivot in pivots[face * memberships..<(face + 1) * memberships] {
      let list = members[Int(pivot)]
      var (low, high) = (0, list.count)
      while low < high {
        let middle = (low + high) / 2
        if list[middle] <= UInt32(face) { low = middle + 1 } else { high = middle }
      }
      for other in list[low...] where marks.insert(Int(other)) { body(Int(other)) }
    }
  }
}

/// A set of faces that is cleared in constant time.
private final class Marks {
  private var marks: [UInt32]
  private var current: UInt32 = 0

  init(count: Int) { marks = [UInt32](repeating: 0, count: count) }

  func clear() { current += 1 }

  /// Adds a face; false if it is a member already.
  func insert(_ face: Int) -> Bool {
    guard marks[face] != current else { return false }
    marks[face] = current
    return true
  }
}
