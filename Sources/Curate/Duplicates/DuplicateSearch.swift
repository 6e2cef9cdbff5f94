import Dataset
import Imaging

/// Two samples that show the same picture.
struct DuplicatePair: Sendable, Hashable {
  /// The sample that comes first in the list that was searched.
  let first: Int
  /// The other one.
  let second: Int
  /// The correlation of their inner faces; nil if their pixels are equal.
  let correlation: Double?
  /// How the second is turned relative to the first.
  var turn = ComparisonCache.Turn.upright
}

/// What a search for copies found.
struct DuplicateFindings: Sendable {
  /// The pairs that show the same picture, sorted.
  var copies: [DuplicatePair] = []
  /// The pairs that are so alike, in any orientation, that they must not be divided between train and test.
  var lookalikes: [(first: Int, second: Int)] = []
}

/// Finds the samples of one domain that show the same picture: near hashes give candidates, which their pixels confirm.
struct DuplicateSearch: Sendable {
  /// How different the hashes of candidates may be: the setting `duplicates: distance`, 0 to 16.
  let distance: Int
  /// The setting `duplicates: confirm`, 0 to 1.
  let confirm: Double
  /// How a copy may be turned.
  var invariant: [CurateSettings.Invariance] = []
  /// The number of cores to use.
  let jobs: Int

  /// The largest number of differing bits of 119: 36 at the default distance of 6.
  private var limit: Int { min(48, distance * 6) }
  /// Other angles than quarters are looked for by polar signatures, whose hashes may differ in this many more bits of 64.
  private static let turningCost = 2
  /// In a set of copies of at most this size all are compared with all.
  private static let closedSet = 200

  /// All copies and look-alikes among the pictures that `comparisons` is about.
  ///
  /// - Throws: What comparing throws, or `CancellationError`.
  func findings(_ comparisons: inout ComparisonCache) async throws -> DuplicateFindings {
    let pictures = comparisons.pictures
    var findings = DuplicateFindings()
    // Equal pixels need no search, and only the first of them takes part in it.
    var firsts: [String: Int] = [:]
    var equals: [Int: [Int]] = [:]
    var distinct: [Int] = []
    for (index, picture) in pictures.enumerated() {
      if let first = firsts[picture.pixels] {
        equals[first, default: [first]].append(index)
      } else {
        firsts[picture.pixels] = index
        distinct.append(index)
      }
    }
    let search = CandidateSearch(limit: limit)
    let faces = distinct.map { pictures[$0].face }
    let pairs = try await search.candidates(among: faces, jobs: jobs).map {
      ComparisonCache.Pair(
        first: distinct[$0.first], second: distinct[$0.second], turn: .quarters($0.placement.turn),
        placement: $0.placement)
    }
    var seen: Set<[Int]> = []
    try await take(pairs, &comparisons, &findings, &seen)
    if invariant.contains(.rotation) {
      try await take(polarPairs(distinct, pictures), &comparisons, &findings, &seen)
    }
    try await close(&comparisons, &findings, &seen)
    // What is true of the first of equal pictures is true of all of them.
    findings.copies = findings.copies.flatMap { pair in
      (equals[pair.first] ?? [pair.first]).flatMap { first in
        (equals[pair.second] ?? [pair.second]).map { second in
          DuplicatePair(
            first: min(first, second), second: max(first, second), correlation: pair.correlation,
            turn: pair.turn)
        }
      }
    }
    for same in equals.values {
      for (place, first) in same.enumerated() {
        findings.copies += same[(place + 1)...].map {
          DuplicatePair(first: first, second: $0, correlation: nil)
        }
      }
    }
    findings.copies.sort { ($0.first, $0.second) < ($1.first, $1.second) }
    return findings
  }

  /// Compares pairs and sorts out what they are.
  private func take(
    _ pairs: [ComparisonCache.Pair], _ comparisons: inout ComparisonCache,
    _ findings: inout DuplicateFindings,
    _ seen: inout Set<[Int]>
  ) async throws {
    let new = pairs.filter { seen.insert([$0.first, $0.second]).inserted }
    let similarities = try await comparisons.similarities(of: new)
    for (pair, similarity) in zip(new, similarities) {
      if allows(pair.turn), similarity.confirms(confirm) {
        findings.copies.append(
          DuplicatePair(
            first: pair.first, second: pair.second, correlation: similarity.whole, turn: pair.turn))
      }
      if similarity.whole >= Similarity.lookalike { findings.lookalikes.append((pair.first, pair.second)) }
    }
  }

  /// Compares the members of each small set of copies that were not compared yet, so that a copy is left out only for what it
  /// is itself a copy of.
  private func close(
    _ comparisons: inout ComparisonCache, _ findings: inout DuplicateFindings, _ seen: inout Set<[Int]>
  ) async throws {
    var components = UnionFind(count: comparisons.pictures.count)
    for pair in findings.copies { components.join(pair.first, pair.second) }
    var sets: [Int: Set<Int>] = [:]
    for pair in findings.copies {
      sets[components.root(of: pair.first), default: []].formUnion([pair.first, pair.second])
    }
    var missing: [ComparisonCache.Pair] = []
    for (_, set) in sets.sorted(by: { $0.key < $1.key }) where (3...Self.closedSet).contains(set.count) {
      let members = set.sorted()
      for (place, first) in members.enumerated() {
        missing += members[(place + 1)...].map { ComparisonCache.Pair(first: first, second: $0) }
      }
    }
    try await take(missing, &comparisons, &findings, &seen)
  }

  /// The pairs with near polar signatures.
  private func polarPairs(_ distinct: [Int], _ pictures: [ImageFingerprint]) async throws -> [ComparisonCache
    .Pair]
  {
    let known = distinct.compactMap { index in pictures[index].polar.map { (index: index, hash: $0) } }
    let turn = ComparisonCache.Turn.anyAngle(flips: invariant.contains(.flip))
    var pairs: [ComparisonCache.Pair] = []
    try await NearHashSearch(known.map(\.hash), within: min(16, distance) + Self.turningCost).find(jobs: jobs)
    {
      pairs += $0.map {
        ComparisonCache.Pair(first: known[$0.0].index, second: known[$0.1].index, turn: turn)
      }
    }
    return pairs
  }

  /// Whether copies may be turned in a way.
  private func allows(_ turn: ComparisonCache.Turn) -> Bool {
    guard case .quarters(let orientation) = turn else { return true }
    let (rotates, flips) = (invariant.contains(.rotation), invariant.contains(.flip))
    return switch orientation {
    case .topLeft: true
    case .bottomRight, .rightTop, .leftBottom: rotates
    case .topRight, .bottomLeft: flips
    case .leftTop, .rightBottom: rotates && flips
    }
  }
}
