import Ledger

/// What people say about copies, put above what was found.
struct UserPairings: Sendable {
  private let words: [Pairing]

  init(_ words: [Pairing]) { self.words = words }

  /// The pairs that were found, without those that a person took apart and with those that they put together.
  ///
  /// Copies with equal pixels are found as pairs with the first of them alone. Where that one is taken apart from one of
  /// them, the others keep it.
  ///
  /// - Parameters:
  ///   - pairs: What was found, as places in `samples`.
  ///   - samples: The identities.
  /// - Returns: The pairs, by their places.
  func applied(to pairs: [DuplicatePair], of samples: [String]) -> [DuplicatePair] {
    guard !words.isEmpty else { return pairs }
    let places = Dictionary(samples.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var apart: Set<[Int]> = []
    var together: [DuplicatePair] = []
    for word in words {
      guard let one = places[word.first], let other = places[word.second] else { continue }
      let (first, second) = (min(one, other), max(one, other))
      if word.same {
        together.append(DuplicatePair(first: first, second: second, distance: 0, correlation: 1))
      } else {
        apart.insert([first, second])
      }
    }
    let known = Set(pairs.map { [$0.first, $0.second] })
    let kept = pairs.filter { !apart.contains([$0.first, $0.second]) }
    return (kept + together.filter { !known.contains([$0.first, $0.second]) })
      .sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }
}
