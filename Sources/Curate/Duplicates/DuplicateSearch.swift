import Dataset
import Imaging

/// Two samples that show the same picture.
struct DuplicatePair: Sendable, Equatable {
  /// How it is known.
  enum Evidence: Sendable, Equatable {
    /// Their pixels are equal.
    case equalPixels
    /// Their inner faces are similar.
    case similarity(Similarity)
    /// A user says so.
    case user
  }

  /// The sample that comes first in the list that was searched.
  let first: Int
  /// The other sample.
  let second: Int
  let evidence: Evidence
  /// The orientation of the second relative to the first.
  var turn = ComparisonCache.Turn.upright

  /// The similarity of the second to the first; nil if they were not compared.
  var similarity: Similarity? { if case .similarity(let similarity) = evidence { similarity } else { nil } }
}

/// What a search for copies found.
struct DuplicateFindings: Sendable {
  /// The pairs that show the same picture, sorted.
  var copies: [DuplicatePair] = []
  /// The pairs so similar, in any orientation, that they must stay on one side of the split.
  var lookalikes: [(first: Int, second: Int)] = []
}

/// Finds the samples of one domain that show the same picture: similar hashes give candidates, and pixels confirm them.
struct DuplicateSearch: Sendable {
  /// The maximum distance of candidates: the setting `duplicates: distance`, 0 to 16.
  let distance: Int
  /// The setting `duplicates: confirm`, 0 to 1.
  let confirm: Double
  /// How a copy may be turned.
  var invariant: [CurateSettings.Invariance] = []
  /// The number of cores to use.
  let jobs: Int

  /// The largest number of differing bits of 119: 36 at the default distance of 6.
  private var limit: Int { min(48, distance * 6) }
  /// How many more bits of 64 the hashes of polar signatures may differ in, which find other angles than quarter turns.
  private static let turningCost = 2
  /// In a set of at most this many copies, each is compared with each.
  private static let closedSet = 200

  /// All copies and similar images among the images of `comparisons`.
  ///
  /// - Throws: As `ComparisonCache.similarities`; `CancellationError`.
  func findings(_ comparisons: inout ComparisonCache) async throws -> DuplicateFindings {
    let pictures = comparisons.pictures
    var findings = DuplicateFindings()
    // Images with equal pixels need no search; only the first of them is compared with others.
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
    let search = CandidateSearch(limit: limit, turns: !invariant.isEmpty)
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
    // Pictures that are turned by a few degrees are no copies then, but stay in one split. A search among very many faces would
    // take too long.
    if !invariant.contains(.rotation), distinct.count <= CandidateSearch.exactLimit {
      try await take(polarPairs(distinct, pictures), &comparisons, &findings, &seen)
    }
    // A finding about the first of equal images applies to all of them.
    findings.copies = findings.copies.flatMap { pair in
      (equals[pair.first] ?? [pair.first]).flatMap { first in
        (equals[pair.second] ?? [pair.second]).map { second in
          var evidence = pair.evidence
          if first > second, let similarity = pair.similarity { evidence = .similarity(similarity.reversed) }
          return DuplicatePair(
            first: min(first, second), second: max(first, second), evidence: evidence, turn: pair.turn)
        }
      }
    }
    for same in equals.values {
      for (place, first) in same.enumerated() {
        findings.copies += same[(place + 1)...].map {
          DuplicatePair(first: first, second: $0, evidence: .equalPixels)
        }
      }
    }
    findings.copies.sort { ($0.first, $0.second) < ($1.first, $1.second) }
    return findings
  }

  /// Compares pairs and classifies them as copies, similar images or neither.
  private func take(
    _ pairs: [ComparisonCache.Pair], _ comparisons: inout ComparisonCache,
    _ findings: inout DuplicateFindings,
    _ seen: inout Set<[Int]>
  ) async throws {
    let new = pairs.filter { seen.insert([$0.first, $0.second]).inserted }
    let similarities = try await comparisons.similarities(of: new)
    for (pair, similarity) in zip(new, similarities) {
      if allows(pair.turn), similarity.likeness >= confirm {
        findings.copies.append(
          DuplicatePair(
            first: pair.first, second: pair.second, evidence: .similarity(similarity), turn: pair.turn))
      }
      if similarity.whole >= Similarity.lookalike { findings.lookalikes.append((pair.first, pair.second)) }
    }
  }

  /// Compares all members of each small set of copies, so that a sample is rejected only as a copy of a sample that it was
  /// compared with.
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

  /// The pairs with similar polar signatures.
  private func polarPairs(_ distinct: [Int], _ pictures: [ImageFingerprint]) async throws -> [ComparisonCache
    .Pair]
  {
    let known = distinct.compactMap { index in pictures[index].polar.map { (index: index, hash: $0) } }
    let isForSplit = !invariant.contains(.rotation)
    let turn = ComparisonCache.Turn.anyAngle(flips: isForSplit || invariant.contains(.flip))
    var pairs: [ComparisonCache.Pair] = []
    try await NearHashSearch(known.map(\.hash), within: min(16, distance) + Self.turningCost).find(jobs: jobs)
    {
      pairs += $0.map {
        ComparisonCache.Pair(first: known[$0.0].index, second: known[$0.1].index, turn: turn)
      }
    }
    return pairs
  }

  /// Whether the settings allow copies in this orientation.
  private func allows(_ turn: ComparisonCache.Turn) -> Bool {
    guard case .quarters(let orientation) = turn else { return invariant.contains(.rotation) }
    let (rotates, flips) = (invariant.contains(.rotation), invariant.contains(.flip))
    return switch orientation {
    case .topLeft: true
    case .bottomRight, .rightTop, .leftBottom: rotates
    case .topRight, .bottomLeft: flips
    case .leftTop, .rightBottom: rotates && flips
    }
  }
}
