import Dataset
import Foundation
import Imaging
import Ledger
import PublishedDataset

/// Decides which sample of each set of duplicates is kept.
///
/// Two samples are compared by criteria in order (`DuplicateCriterion`), and the first difference that is larger than the
/// criterion's noise decides: a user's decision; then signs that a copy was altered; then resolution, sharpness, parts outside
/// the image and the mask. The noise of a measure is what it differs by between a picture and its WebP, reduced or brightened
/// copy in 95 of 100 cases. Of samples that no criterion separates, the one with the shorter name is kept, because programs name
/// copies `a (1).jpg` or `a_edited.jpg`.
///
/// A sample is rejected only if it is a direct duplicate of a kept one: in a chain of duplicates whose ends differ, both ends may
/// be kept.
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
      while let best = best(of: left, by: criteria) {
        let copies = Dictionary(
          (neighbours[best] ?? []).map { ($0.first == best ? $0.second : $0.first, $0) },
          uniquingKeysWith: { first, _ in first })
        for index in left {
          guard let pair = copies[index], people[samples[index].id]?.keep != true else { continue }
          decisions[index] = rejection(of: index, for: best, pair, criteria)
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

  /// The best of several samples: the one that is better than most others; nil for none.
  ///
  /// Pair by pair, the first criterion with a significant difference decides. Such comparisons may form circles, so victories
  /// are counted (Copeland's method). Of equally many, the first sample in the order of names is the best.
  private func best(of indices: [Int], by criteria: [DuplicateCriterion]) -> Int? {
    guard let first = indices.first else { return nil }
    guard indices.count <= Self.rivals else {
      return indices.dropFirst().reduce(first) { best, index in
        deciding(index, best, criteria)?.isFirst == true ? index : best
      }
    }
    var score = [Int](repeating: 0, count: indices.count)
    for first in indices.indices {
      for second in indices.indices.dropFirst(first + 1) {
        guard let verdict = deciding(indices[first], indices[second], criteria) else { continue }
        score[first] += verdict.isFirst ? 1 : -1
        score[second] += verdict.isFirst ? -1 : 1
      }
    }
    return indices.indices.max { (score[$0], $1) < (score[$1], $0) }.map { indices[$0] }
  }

  /// The largest number of samples that are compared each with each.
  private static let rivals = 64

  private func rejection(
    of copy: Int, for best: Int, _ pair: DuplicatePair, _ criteria: [DuplicateCriterion]
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
        "a duplicate of \(name): \(how); that one is kept because it \(advantage(of: best, over: copy, criteria))"
    )
    decision.duplicateOf = kept.id
    return decision
  }

  /// Whether the first of two samples is better than the second.
  func isBetter(_ a: Int, _ b: Int) -> Bool {
    deciding(a, b, [accepted] + DuplicateCriterion.all())?.isFirst ?? isFirst(a, b)
  }

  /// The reason why the first of two samples is kept, with the deciding measure and both values.
  private func advantage(of best: Int, over other: Int, _ criteria: [DuplicateCriterion]) -> String {
    guard let found = deciding(best, other, criteria) else { return tie(best, other) }
    guard found.isFirst else { return "is better than most of the copies" }
    guard let measure = found.criterion.measure else { return found.criterion.words }
    return
      "\(found.criterion.words) (\(measure) \(NumberText.plain(found.left)) against \(NumberText.plain(found.right)))"
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

  /// A criterion that decides between two samples, with both values.
  private struct Verdict {
    let criterion: DuplicateCriterion
    let left: Double
    let right: Double
    let isFirst: Bool
  }

  /// The first criterion by which two samples differ significantly; nil if there is none.
  private func deciding(_ a: Int, _ b: Int, _ criteria: [DuplicateCriterion]) -> Verdict? {
    let (one, other) = (samples[a], samples[b])
    let similarity = similarities[[min(a, b), max(a, b)]].map { a < b ? $0 : $0.reversed }
    let pair = CopyPair(one: one, other: other, similarity: similarity)
    for criterion in criteria {
      if criterion.needsEqualSize, one.size == nil || one.size != other.size { continue }
      guard let (left, right) = criterion.values(pair) else { continue }
      let (low, high) = (min(left, right), max(left, right))
      guard high - low > criterion.noise, criterion.ratio == 1 || high > criterion.ratio * low else {
        continue
      }
      return Verdict(
        criterion: criterion, left: left, right: right, isFirst: (left < right) == criterion.isLower)
    }
    return nil
  }
}
