import Ledger

/// Samples that show the same picture: as the last curation found them, and as people put them since.
struct CopySets {
  /// The members of each set of two and more, by its best one, which comes first.
  private(set) var members: [String: [String]] = [:]
  /// The samples that a person put elsewhere than the last curation did.
  private(set) var regrouped: Set<String> = []
  private var sets: [String: String] = [:]

  /// - Parameters:
  ///   - ruled: The kept copy of each sample that was left out as a duplicate.
  ///   - pairings: What people said.
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

  /// The best one of the set that `sample` belongs to; nil where there is no other like it.
  func set(of sample: String) -> String? { sets[sample] }
}
