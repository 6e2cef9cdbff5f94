import Dataset
import Foundation
import Imaging
import Ledger
import PublishedDataset

/// Decides which sample of each set of duplicates is kept.
///
/// The criteria are applied in order, and each removes the samples that are worse than the best one left by more than its noise:
/// a user's decision; then signs that a copy was altered (no color, clipped light, caption, black bars, added grain, compression, an encoding
/// with loss or a smaller file with as many pixels, large parts outside the image); then resolution, sharpness, parts
/// outside the image and the mask. Of samples that no criterion separates, the one with the shorter name is kept, because programs name copies `a (1).jpg` or
/// `a_edited.jpg`. The noise of a measure is what it differs by between a picture and its WebP, reduced or
/// brightened copy in 95 of 100 cases. A sample is rejected only if it is a direct duplicate of a kept one: in a chain of
/// duplicates whose ends differ, both ends may be kept.
struct DuplicateResolver {
  private let samples: [CurationInput.Candidate]
  private let people: [String: DecisionRow]
  private let pairs: [DuplicatePair]
  /// The similarity of each pair that was compared, by both positions.
  private let similarities: [[Int]: Similarity]

  /// Decides between samples.
  ///
  /// - Parameters:
  ///   - samples: The samples.
  ///   - people: What users decided, by the samples' identities.
  ///   - pairs: The duplicates, as far as they are known.
  init(_ samples: [CurationInput.Candidate], people: [String: DecisionRow], pairs: [DuplicatePair] = []) {
    (self.samples, self.people, self.pairs) = (samples, people, pairs)
    similarities = Dictionary(
      pairs.compactMap { pair in pair.similarity.map { ([pair.first, pair.second], $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// The duplicates to reject, by position.
  var rejections: [Int: Sample.Decision] {
    var neighbours: [Int: [DuplicatePair]] = [:]
    var components = UnionFind(count: samples.count)
    for pair in pairs {
      neighbours[pair.first, default: []].append(pair)
      neighbours[pair.second, default: []].append(pair)
      components.join(pair.first, pair.second)
    }
    var sets: [Int: [Int]] = [:]
    for index in neighbours.keys.sorted() { sets[components.root(of: index), default: []].append(index) }
    var decisions: [Int: Sample.Decision] = [:]
    for set in sets.values {
      // Keep the best remaining sample and reject its direct duplicates, until none remains.
      var left = set.sorted(by: isFirst)
      let criteria = [accepted] + DuplicateCriterion.all(upright: upright(set, neighbours))
      while let (best, losses) = best(of: left, by: criteria) {
        let copies = Dictionary(
          (neighbours[best] ?? []).map { ($0.first == best ? $0.second : $0.first, $0) },
          uniquingKeysWith: { first, _ in first })
        for index in left {
          guard let pair = copies[index], people[samples[index].id]?.keep != true else { continue }
          decisions[index] = rejection(of: index, for: best, pair, losses[index])
        }
        left.removeAll { $0 == best || decisions[$0] != nil }
      }
    }
    return decisions
  }

  /// The share of each sample's copies that are not turned or mirrored compared with it, by ID; empty if all are upright.
  private func upright(_ set: [Int], _ neighbours: [Int: [DuplicatePair]]) -> [String: Double] {
    var shares: [String: Double] = [:]
    for index in set {
      let pairs = neighbours[index] ?? []
      let same = pairs.count { $0.turn == .upright }
      if same < pairs.count { shares[samples[index].id] = Double(same) / Double(pairs.count) }
    }
    // Without a turned copy, the orientation decides nothing.
    guard !shares.isEmpty else { return [:] }
    for index in set where shares[samples[index].id] == nil { shares[samples[index].id] = 1 }
    return shares
  }

  /// The best of several samples, and the criterion that removed each other one; nil for none.
  ///
  /// Of samples that no criterion separates, the first one is the best.
  private func best(of indices: [Int], by criteria: [DuplicateCriterion]) -> (
    Int, losses: [Int: DuplicateCriterion]
  )? {
    guard let first = indices.first else { return nil }
    var (left, losses) = (indices, [Int: DuplicateCriterion]())
    for criterion in criteria where left.count > 1 {
      let rivals = left.count <= Self.rivals ? left : [leader(of: left, by: criterion)]
      let beaten = left.filter { index in
        rivals.contains { $0 != index && verdict($0, index, criterion)?.isFirst == true }
      }
      // Values that depend on the pair may form a circle, which decides nothing.
      guard beaten.count < left.count else { continue }
      for index in beaten { losses[index] = criterion }
      left.removeAll { losses[$0] != nil }
    }
    return (left.first ?? first, losses)
  }

  /// The largest number of samples that are compared each with each.
  private static let rivals = 64

  /// The sample with the best value, of many.
  private func leader(of indices: [Int], by criterion: DuplicateCriterion) -> Int {
    indices.dropFirst().reduce(indices[0]) { best, index in
      verdict(index, best, criterion, isExact: true)?.isFirst == true ? index : best
    }
  }

  private func rejection(
    of copy: Int, for best: Int, _ pair: DuplicatePair, _ loss: DuplicateCriterion?
  ) -> Sample.Decision {
    let kept = samples[best]
    let turn = pair.turn == .upright ? "" : "turned or mirrored, "
    let how =
      switch pair.evidence {
      case .equalPixels: "its pixels are equal"
      case .similarity(let similarity): "\(turn)similarity \(NumberText.plain(similarity.likeness))"
      case .user: "a user joined them"
      }
    let name = kept.name
    var decision = Sample.Decision(
      by: .rule, why: .duplicateOf,
      detail:
        "a duplicate of \(name): \(how); that one is kept because it \(advantage(of: best, over: copy, loss))"
    )
    decision.duplicateOf = kept.id
    return decision
  }

  /// Whether the first of two samples is better than the second.
  func isBetter(_ a: Int, _ b: Int) -> Bool {
    for criterion in [accepted] + DuplicateCriterion.all() {
      if let verdict = verdict(a, b, criterion) { return verdict.isFirst }
    }
    return isFirst(a, b)
  }

  /// The reason why the first of two samples is kept, with the deciding measure and both values.
  private func advantage(of best: Int, over other: Int, _ loss: DuplicateCriterion?) -> String {
    guard let criterion = loss else { return tie(best, other) }
    // The criterion may have compared the sample with a third one only.
    guard let found = verdict(best, other, criterion, isExact: true), found.isFirst else {
      return "is the best of several copies"
    }
    guard let measure = criterion.measure else { return criterion.words }
    return
      "\(criterion.words) (\(measure) \(NumberText.plain(found.left)) against \(NumberText.plain(found.right)))"
  }

  /// The order of samples that no criterion separates: shorter names first, then by source and path.
  private func isFirst(_ a: Int, _ b: Int) -> Bool {
    let (one, other) = (samples[a].path.utf8.count, samples[b].path.utf8.count)
    return one == other ? samples[a].isBefore(samples[b]) : one < other
  }

  private func tie(_ best: Int, _ other: Int) -> String {
    samples[best].path.utf8.count < samples[other].path.utf8.count
      ? "has the shorter name" : "comes first in the sources"
  }

  /// Whether a user wants a sample to be kept.
  private var accepted: DuplicateCriterion {
    DuplicateCriterion(words: "was accepted by a user", noise: 0.5) { [people] in
      people[$0.id]?.keep == true ? 1 : 0
    }
  }

  /// The values of two samples by a criterion, and whether the first is better; nil if they do not differ significantly.
  ///
  /// - Parameters:
  ///   - a: The first sample.
  ///   - b: The second sample.
  ///   - criterion: The criterion.
  ///   - isExact: Whether differences below the noise count too.
  /// - Returns: The values, and whether the first is better.
  private func verdict(
    _ a: Int, _ b: Int, _ criterion: DuplicateCriterion, isExact: Bool = false
  ) -> (left: Double, right: Double, isFirst: Bool)? {
    let (one, other) = (samples[a], samples[b])
    if criterion.needsEqualSize, one.size == nil || one.size != other.size { return nil }
    let similarity = similarities[[min(a, b), max(a, b)]].map { a < b ? $0 : $0.reversed }
    let pair = CopyPair(one: one, other: other, similarity: similarity)
    guard let (left, right) = criterion.values(pair), left != right else { return nil }
    let (low, high) = (min(left, right), max(left, right))
    let isSignificant =
      high - low > criterion.noise && (criterion.ratio == 1 || high > criterion.ratio * low)
    guard isExact || isSignificant else { return nil }
    return (left, right, (left < right) == criterion.isLower)
  }
}
