import Dataset
import Imaging

/// Two samples that show the same picture.
struct DuplicatePair: Sendable, Hashable {
  /// The sample that comes first in the list that was searched.
  let first: Int
  /// The other one.
  let second: Int
  /// How many bits of their hashes differ.
  let distance: Int
  /// The correlation of their pixels; nil where the pixels are equal.
  let correlation: Double?
  /// How the second lies to the first.
  var turn = Orientation.topLeft
}

/// Finds the samples of one domain that show the same picture.
struct DuplicateSearch: Sendable {
  /// The largest distance of candidates' hashes.
  let distance: Int
  /// The least correlation of duplicates.
  let confirm: Double
  /// How else than upright a copy may lie.
  var turns: [Orientation] = []
  /// How many cores are used.
  let jobs: Int

  /// All pairs among the pictures that `comparisons` is about, each once, sorted.
  ///
  /// - Throws: What comparing throws, or `CancellationError`.
  func pairs(_ comparisons: inout Comparisons) async throws -> [DuplicatePair] {
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
    let turns = [.topLeft] + turns
    let hashes = turns.flatMap { turn in
      distinct.map {
        pictures[$0].hashes.count == 8 ? pictures[$0].hashes[turn.rawValue - 1] : pictures[$0].hash
      }
    }
    var seen: Set<Comparisons.Pair> = []
    try await HashPairs(hashes, within: distance).find(jobs: jobs) { candidates in
      let batch = candidates.compactMap { first, second -> Comparisons.Pair? in
        let (turn, other) = second.quotientAndRemainder(dividingBy: distinct.count)
        // Of each pair the earlier one stays upright.
        guard first < distinct.count, first < other else { return nil }
        return Comparisons.Pair(first: distinct[first], second: distinct[other], turn: turns[turn])
      }
      let similarities = try await comparisons.similarities(of: batch)
      for (pair, similarity) in zip(batch, similarities) where similarity.confirms(confirm) {
        // A symmetrical picture is its own mirror image: one turn is enough.
        guard seen.insert(Comparisons.Pair(first: pair.first, second: pair.second)).inserted else { continue }
        found.append(
          DuplicatePair(
            first: pair.first, second: pair.second,
            distance: pictures[pair.first].hash.distance(
              to: pictures[pair.second].hashes[pair.turn == .topLeft ? 0 : pair.turn.rawValue - 1]),
            correlation: similarity.whole, turn: pair.turn))
      }
    }
    return found.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }
}

extension CurateSettings {
  /// How else than upright a copy may lie, by `duplicates: invariant`.
  var duplicateTurns: [Orientation] {
    switch (duplicateInvariant.contains(.rotation), duplicateInvariant.contains(.flip)) {
    case (true, true): Array(Orientation.allCases.dropFirst())
    case (true, false): [.bottomRight, .rightTop, .leftBottom]
    case (false, true): [.topRight, .bottomLeft]
    case (false, false): []
    }
  }
}
