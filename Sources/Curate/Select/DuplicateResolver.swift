import Dataset
import Foundation
import Imaging
import Ledger
import PublishedDataset

/// Decides which sample of each set of duplicates is kept.
///
/// The criteria are compared in order, and the first difference that is larger than its noise decides: a user's decision;
/// then signs that a copy was altered (no color, clipped light, caption, black bars, added grain, compression, an encoding
/// with loss or a smaller file with as many pixels, large parts outside the image); then resolution, sharpness, parts
/// outside the image and the mask. The noise of a measure is what it differs by between a picture and its WebP, reduced or
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
      var left = set.sorted { samples[$0].id < samples[$1].id }
      while let best = best(of: left) {
        let copies = Dictionary(
          (neighbours[best] ?? []).map { ($0.first == best ? $0.second : $0.first, $0) },
          uniquingKeysWith: { first, _ in first })
        for index in left {
          guard let pair = copies[index], people[samples[index].id]?.keep != true else { continue }
          decisions[index] = rejection(of: index, for: best, pair)
        }
        left.removeAll { $0 == best || decisions[$0] != nil }
      }
    }
    return decisions
  }

  /// The best of several samples, by pairwise comparison in order; nil for none.
  private func best(of indices: [Int]) -> Int? {
    indices.dropFirst().reduce(indices.first) { best, index in
      best.map { isBetter(index, $0) ? index : $0 }
    }
  }

  private func rejection(of copy: Int, for best: Int, _ pair: DuplicatePair) -> Sample.Decision {
    let kept = samples[best]
    let turn = pair.turn == .upright ? "" : "turned or mirrored, "
    let how =
      switch pair.evidence {
      case .equalPixels: "its pixels are equal"
      case .similarity(let similarity): "\(turn)correlation \(NumberText.plain(similarity.whole))"
      case .user: "a user joined them"
      }
    let name = kept.name
    var decision = Sample.Decision(
      by: .rule, why: .duplicateOf,
      detail:
        "a duplicate of \(name): \(how); that one is kept because it \(advantage(of: best, over: copy))")
    decision.duplicateOf = kept.id
    return decision
  }

  /// Whether the first of two samples is better than the second.
  func isBetter(_ a: Int, _ b: Int) -> Bool {
    deciding(a, b)?.isFirst ?? (samples[a].id < samples[b].id)
  }

  /// The reason why the first of two samples is kept, with the deciding measure and both values.
  private func advantage(of best: Int, over other: Int) -> String {
    guard let (criterion, left, right, isFirst) = deciding(best, other), isFirst else {
      return "comes first by name"
    }
    guard let measure = criterion.measure else { return criterion.words }
    return "\(criterion.words) (\(measure) \(NumberText.plain(left)) against \(NumberText.plain(right)))"
  }

  /// The first criterion with a significant difference, both values, and whether the first sample is the better one.
  private func deciding(_ a: Int, _ b: Int) -> (DuplicateCriterion, Double, Double, isFirst: Bool)? {
    let (one, other) = (samples[a], samples[b])
    let keeps = [one, other].map { people[$0.id]?.keep == true }
    if keeps[0] != keeps[1] {
      return (DuplicateCriterion(words: "was accepted by a user") { _ in nil }, 0, 0, keeps[0])
    }
    let similarity = similarities[[min(a, b), max(a, b)]].map { a < b ? $0 : $0.reversed }
    for criterion in DuplicateCriterion.all {
      if criterion.needsEqualSize, one.size == nil || one.size != other.size { continue }
      guard let (left, right) = criterion.values(one, other, similarity) else { continue }
      let (low, high) = (min(left, right), max(left, right))
      guard high - low > criterion.noise, criterion.ratio == 1 || high > criterion.ratio * low else {
        continue
      }
      return (criterion, left, right, (left < right) == criterion.isLower)
    }
    return nil
  }
}
