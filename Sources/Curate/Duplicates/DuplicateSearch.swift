import Dataset
import Imaging

/// Two samples that show the same picture.
struct DuplicatePair: Sendable, Hashable {
  /// The sample that comes first in the list that was searched.
  let first: Int
  /// The other one.
  let second: Int
  /// How many bits of the hashes differ by which they were found.
  let distance: Int
  /// The correlation of their pixels; nil where the pixels are equal.
  let correlation: Double?
  /// How the second lies to the first.
  var turn = ComparisonCache.Turn.upright
  /// The cosine between their faces' embeddings; nil where there is none.
  var likeness: Double?
}

/// Finds the samples of one domain that show the same picture.
///
/// Near hashes make candidates, which their pixels confirm. Where both faces have embeddings these have a word: two persons
/// who are framed alike are no copies, whatever their pixels; and faces that are almost equal need a little less of the
/// pixels, for two crops of one photograph are seldom cut at the same place. Embeddings alone confirm nothing: two frames of
/// one person would be copies. Of 849 pairs of crops cut from re-encoded, halved, trimmed, brightened and captioned selfies
/// pixels alone confirm 587, both 759; of 293 candidates that show different photographs neither confirms any. Among LFW's
/// photographs of one person the greatest cosine is 0.85, of two persons 0.46.
struct DuplicateSearch: Sendable {
  /// The largest distance of candidates' hashes.
  let distance: Int
  /// The least correlation of duplicates.
  let confirm: Double
  /// How else than upright and unmirrored a copy may lie.
  var invariant: [CurateSettings.Invariance] = []
  /// How many cores are used.
  let jobs: Int

  /// Faces less alike than this are two persons'.
  static let stranger = 0.3
  /// Faces at least so alike are from one photograph, as far as a face tells.
  static let selfsame = 0.9
  /// So much lower may the correlation be where faces are.
  static let lenience = 0.1

  /// Turning by other angles than quarters makes other pixels, which may cost so many bits more.
  static let turningCost = 2

  /// All pairs among the pictures that `comparisons` is about, each once, sorted.
  ///
  /// - Parameters:
  ///   - comparisons: Compares the pictures.
  ///   - faces: The embedding of each picture's face; nil, or no list, where there is none.
  /// - Returns: The pairs by the pictures' positions.
  /// - Throws: What comparing throws, or `CancellationError`.
  func pairs(_ comparisons: inout ComparisonCache, faces: [[Float]?] = []) async throws -> [DuplicatePair] {
    let pictures = comparisons.pictures
    var found: [DuplicatePair] = []
    // Equal pixels need no search, and only the first of them takes part in it.
    var firsts: [String: Int] = [:]
    var distinct: [Int] = []
    for (index, picture) in pictures.enumerated() {
      if let first = firsts[picture.pixels] {
        found.append(DuplicatePair(first: first, second: index, distance: 0, correlation: nil))
      } else {
        firsts[picture.pixels] = index
        distinct.append(index)
      }
    }
    // Behind the upright pictures come all of them in the first turn, then in the second, and so on.
    let turns = [.topLeft] + quarters
    let hashes = turns.flatMap { turn in
      distinct.map {
        pictures[$0].hashes.count == 8 ? pictures[$0].hashes[turn.rawValue - 1] : pictures[$0].hash
      }
    }
    var seen: Set<ComparisonCache.Pair> = []
    found += try await pairs(hashes, within: distance, faces, &comparisons, &seen) { first, second in
      let (turn, other) = second.quotientAndRemainder(dividingBy: distinct.count)
      // Of each pair the earlier one stays upright.
      guard first < distinct.count, first < other else { return nil }
      return ComparisonCache.Pair(
        first: distinct[first], second: distinct[other], turn: .quarters(turns[turn]))
    }
    if invariant.contains(.rotation) {
      let discs = distinct.compactMap { index in pictures[index].disc.map { (index: index, hash: $0) } }
      let turn = ComparisonCache.Turn.anyAngle(flips: invariant.contains(.flip))
      found += try await pairs(
        discs.map(\.hash), within: distance + Self.turningCost, faces, &comparisons, &seen
      ) {
        ComparisonCache.Pair(first: discs[$0].index, second: discs[$1].index, turn: turn)
      }
    }
    return found.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }

  /// The pairs with near `hashes` that the pixels confirm and that are not yet `seen`; `pair` says what is at two places.
  private func pairs(
    _ hashes: [PerceptualHash], within distance: Int, _ faces: [[Float]?],
    _ comparisons: inout ComparisonCache,
    _ seen: inout Set<ComparisonCache.Pair>, pair: (Int, Int) -> ComparisonCache.Pair?
  ) async throws -> [DuplicatePair] {
    var found: [DuplicatePair] = []
    try await NearHashSearch(hashes, within: distance).find(jobs: jobs) { candidates in
      let batch = candidates.compactMap { first, second in
        pair(first, second).map { (pair: $0, distance: hashes[first].distance(to: hashes[second])) }
      }.filter { !seen.contains(ComparisonCache.Pair(first: $0.pair.first, second: $0.pair.second)) }
      let similarities = try await comparisons.similarities(of: batch.map(\.pair))
      for ((pair, distance), similarity) in zip(batch, similarities) {
        let likeness = likeness(pair, faces)
        guard confirms(similarity, likeness) else { continue }
        // A symmetrical picture is its own mirror image: one turn is enough.
        guard seen.insert(ComparisonCache.Pair(first: pair.first, second: pair.second)).inserted else {
          continue
        }
        found.append(
          DuplicatePair(
            first: pair.first, second: pair.second, distance: distance, correlation: similarity.whole,
            turn: pair.turn, likeness: likeness))
      }
    }
    return found
  }

  /// Whether pixels and faces say that two pictures are one.
  func confirms(_ similarity: Similarity, _ likeness: Double?) -> Bool {
    guard let likeness else { return similarity.confirms(confirm) }
    return likeness >= Self.stranger
      && similarity.confirms(likeness >= Self.selfsame ? confirm - Self.lenience : confirm)
  }

  private func likeness(_ pair: ComparisonCache.Pair, _ faces: [[Float]?]) -> Double? {
    guard !faces.isEmpty, let one = faces[pair.first], let other = faces[pair.second] else { return nil }
    return Double(IdentityClusters.cosine(one, other))
  }

  /// By which quarters and mirrored in which ways a copy may lie.
  private var quarters: [Orientation] {
    switch (invariant.contains(.rotation), invariant.contains(.flip)) {
    case (true, true): Array(Orientation.allCases.dropFirst())
    case (true, false): [.bottomRight, .rightTop, .leftBottom]
    case (false, true): [.topRight, .bottomLeft]
    case (false, false): []
    }
  }
}
