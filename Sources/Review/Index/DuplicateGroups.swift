import Ledger

/// The groups of duplicates, from the last curation and the user's later decisions.
struct DuplicateGroups {
  /// The members of each group of two or more, by the kept one, which comes first.
  private(set) var members: [String: [String]] = [:]
  /// The samples that a user moved to another group after the last curation.
  private(set) var regrouped: Set<String> = []
  private var sets: [String: String] = [:]

  /// - Parameters:
  ///   - ruled: The kept sample of each sample that was rejected as a duplicate.
  ///   - pairings: The users' decisions.
  init(ruled: [String: String], pairings: [Pairing]) {
    var best = ruled
    let apart = Set(pairings.filter { !$0.same })
    for (sample, kept) in ruled where apart.contains(Pairing(sample, kept, same: false)) {
      best[sample] = nil
      regrouped.insert(sample)
    }
    func root(_ sample: String) -> String {
      var (sample, steps) = (sample, 0)
      while let next = best[sample], steps < 64 { (sample, steps) = (next, steps + 1) }
      return sample
    }
    for pairing in pairings where pairing.same {
      let (first, second) = (root(pairing.first), root(pairing.second))
      guard first != second else { continue }
      best[second] = first
      regrouped.insert(pairing.second)
    }
    for sample in best.keys.sorted() {
      let kept = root(sample)
      members[kept, default: [kept]].append(sample)
    }
    for (kept, all) in members { for sample in all { sets[sample] = kept } }
  }

  /// The kept sample of the group of `sample`; nil if it has no duplicates.
  func set(of sample: String) -> String? { sets[sample] }
}
