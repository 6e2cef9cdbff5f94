import Dataset
import Foundation
import Imaging
import Ledger
import PublishedDataset

/// Decides which sample of each set of duplicates is kept.
///
/// The criteria are compared in order, and the first difference that is larger than its noise decides: a user's decision;
/// then signs that a copy was altered (no colour, clipped light, caption, black bars, added grain, compression, a smaller
/// file with as many pixels, parts outside the image); then resolution, sharpness and the mask. A sample is rejected only
/// if it is a direct duplicate of a kept one: in a chain of duplicates whose ends differ, both ends may be kept.
struct DuplicateResolver {
  private let samples: [CurationInput.Candidate]
  private let people: [String: DecisionRow]

  init(_ samples: [CurationInput.Candidate], people: [String: DecisionRow]) {
    (self.samples, self.people) = (samples, people)
  }

  /// The duplicates to reject, by position.
  func rejections(for pairs: [DuplicatePair]) -> [Int: Sample.Decision] {
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
    var how = "its pixels are equal"
    if let correlation = pair.correlation {
      let turn = pair.turn == .upright ? "" : "turned or mirrored, "
      how = "\(turn)correlation \(NumberText.plain(correlation))"
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

  /// A criterion to compare samples.
  private struct Criterion: Sendable {
    let words: String
    /// The name of the measure for users; nil if the values are not shown.
    var measure: String?
    /// Whether smaller values are better.
    var isLower = false
    /// The maximum difference that counts as noise.
    var noise = 0.0
    /// The maximum ratio that counts as noise; 1 for none.
    var ratio = 1.0
    /// Whether only pictures with equal numbers of pixels are compared.
    var needsEqualSize = false
    let value: @Sendable (CurationInput.Candidate) -> Double?
  }

  /// The first criterion with a significant difference, both values, and whether the first sample is the better one.
  private func deciding(_ a: Int, _ b: Int) -> (Criterion, Double, Double, isFirst: Bool)? {
    let (one, other) = (samples[a], samples[b])
    let keeps = [one, other].map { people[$0.id]?.keep == true }
    if keeps[0] != keeps[1] {
      return (Criterion(words: "was accepted by a user") { _ in nil }, 0, 0, keeps[0])
    }
    for criterion in Self.criteria {
      if criterion.needsEqualSize, one.size == nil || one.size != other.size { continue }
      guard let left = criterion.value(one), let right = criterion.value(other) else { continue }
      let (low, high) = (min(left, right), max(left, right))
      guard high - low > criterion.noise, criterion.ratio == 1 || high > criterion.ratio * low else {
        continue
      }
      return (criterion, left, right, (left < right) == criterion.isLower)
    }
    return nil
  }

  private static func bytes(ofFile path: String) -> Double? {
    let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
    return size.flatMap { $0 > 0 ? Double($0) : nil }
  }

  private static let criteria: [Criterion] = {
    func lower(_ words: String, _ measure: MeasureName, noise: Double) -> Criterion {
      Criterion(words: words, measure: measure.rawValue, isLower: true, noise: noise) {
        $0.value(of: measure)
      }
    }
    func higher(_ words: String, _ measure: MeasureName, noise: Double = 0, ratio: Double = 1) -> Criterion {
      Criterion(words: words, measure: measure.rawValue, noise: noise, ratio: ratio) { $0.value(of: measure) }
    }
    return [
      Criterion(words: "is in colour", measure: "grey", isLower: true, noise: 0.5) { sample in
        sample.value(of: .grey).map { $0 > 0.98 ? 1 : 0 }
      },
      lower("is less clipped", .clipped, noise: 0.03),
      lower("has no caption", .subtitle, noise: 0.004),
      lower("has less black bars", .bars, noise: 0.02),
      lower("has less grain", .noise, noise: 2.5),
      lower("is less compressed", .blocking, noise: 0.08),
      // Each encoding with loss makes a file smaller.
      Criterion(words: "comes from the larger file", measure: "bytes", ratio: 1.15, needsEqualSize: true) {
        $0.time == nil ? bytes(ofFile: $0.file) : nil
      },
      lower("is less outside the image", .outside, noise: 0.04),
      higher("has more true detail", .realFace, ratio: 1.25),
      higher("has the larger face", .nativeFace, ratio: 1.1),
      higher("is sharper", .sharpness, noise: 0.1),
      Criterion(words: "has the better mask", measure: "problems", isLower: true, noise: 0.5) { sample in
        sample.maskFlags.map(Double.init)
      },
      lower("is less clipped", .clipped, noise: 0.005),
      lower("is less compressed", .blocking, noise: 0.02),
      higher("has the larger face", .nativeFace, ratio: 1.02),
      higher("is sharper", .sharpness, noise: 0.02),
    ]
  }()
}
