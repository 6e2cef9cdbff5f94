import Ledger

/// The users' decisions about duplicates, which override the search.
struct UserPairings: Sendable {
  private let pairings: [Pairing]

  init(_ pairings: [Pairing]) { self.pairings = pairings }

  /// The found pairs, without those that a user separated and with those that a user joined.
  ///
  /// Copies with equal pixels are found as pairs with the first of them. If a user separates one of them from the first, the
  /// other pairs remain.
  ///
  /// - Parameters:
  ///   - pairs: The found pairs, as positions in `samples`.
  ///   - samples: The IDs of the samples.
  /// - Returns: The pairs, sorted by position.
  func applied(to pairs: [DuplicatePair], of samples: some Sequence<String>) -> [DuplicatePair] {
    guard !pairings.isEmpty else { return pairs }
    let places = Dictionary(samples.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var apart: Set<[Int]> = []
    var together: [DuplicatePair] = []
    for pairing in pairings {
      guard let one = places[pairing.first], let other = places[pairing.second] else { continue }
      let (first, second) = (min(one, other), max(one, other))
      if pairing.same {
        together.append(DuplicatePair(first: first, second: second, evidence: .user))
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
