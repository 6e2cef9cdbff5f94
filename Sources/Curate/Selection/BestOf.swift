import Dataset
import Ledger

/// Which of the samples that show the same picture is kept.
///
/// What a person kept comes first, then the one with the most native face pixels, then the sharpest, then the first
/// by name. A sample is left out only where a kept one shows the same picture: in a chain, in which each resembles
/// the next but the ends differ, both ends may stay.
struct BestOf {
  private let samples: [Snapshot.Candidate]
  private let people: [String: DecisionRow]

  init(_ samples: [Snapshot.Candidate], people: [String: DecisionRow]) {
    (self.samples, self.people) = (samples, people)
  }

  /// The samples that are left out: which one is kept instead, and the sentence that says so.
  func leftOut(by pairs: [DuplicatePair]) -> [Int: Sample.Decision] {
    // Samples with equal pixels are one class, named by its first member.
    var classes = Array(samples.indices)
    for pair in pairs where pair.correlation == nil { classes[pair.second] = pair.first }
    var neighbours: [Int: [DuplicatePair]] = [:]
    for pair in pairs where pair.correlation != nil {
      neighbours[pair.first, default: []].append(pair)
      neighbours[pair.second, default: []].append(pair)
    }
    var kept: [Int: Int] = [:]
    var decisions: [Int: Sample.Decision] = [:]
    for index in samples.indices.sorted(by: isBetter) {
      let own = classes[index]
      let rival: (index: Int, how: String)?
      if let equal = kept[own] {
        rival = (equal, "its pixels are equal")
      } else {
        let near = (neighbours[own] ?? []).compactMap { pair -> (Int, DuplicatePair)? in
          kept[pair.first == own ? pair.second : pair.first].map { ($0, pair) }
        }
        rival = near.min { isBetter($0.0, $1.0) }.map { index, pair in
          let correlation = Rules.text(pair.correlation ?? 1)
          return (index, "\(pair.distance) of 64 bits differ, the pixels correlate by \(correlation)")
        }
      }
      if let rival, people[samples[index].crop.id]?.keep != true {
        decisions[index] = Sample.Decision(
          by: .rule, why: .duplicateOf,
          detail: "\(Self.opening)\(samples[rival.index].crop.id): \(rival.how); "
            + "that one \(advantage(of: rival.index, over: index))")
      } else if kept[own] == nil {
        kept[own] = index
      }
    }
    return decisions
  }

  /// The sample that a decision of `leftOut` names as kept instead; nil for other decisions.
  static func best(in decision: Sample.Decision) -> String? {
    guard decision.why == .duplicateOf, let detail = decision.detail, detail.hasPrefix(opening) else {
      return nil
    }
    return String(detail.dropFirst(opening.count).prefix(16))
  }

  private static let opening = "the same picture as "

  /// Whether the first of two samples is kept rather than the second.
  func isBetter(_ a: Int, _ b: Int) -> Bool {
    let (left, right) = (samples[a], samples[b])
    let (leftKept, rightKept) = (people[left.crop.id]?.keep == true, people[right.crop.id]?.keep == true)
    if leftKept != rightKept { return leftKept }
    for measure in ["native-face", "sharpness"] {
      let (x, y) = (left.value(of: measure) ?? 0, right.value(of: measure) ?? 0)
      if x != y { return x > y }
    }
    return left.crop.id < right.crop.id
  }

  private func advantage(of best: Int, over other: Int) -> String {
    let (left, right) = (samples[best], samples[other])
    if people[left.crop.id]?.keep == true { return "was kept by a person" }
    for (measure, words) in [("native-face", "has the larger face"), ("sharpness", "is sharper")] {
      let (x, y) = (left.value(of: measure) ?? 0, right.value(of: measure) ?? 0)
      if x > y { return "\(words) (\(measure) \(Rules.text(x)) against \(Rules.text(y)))" }
    }
    return "comes first by name"
  }
}
