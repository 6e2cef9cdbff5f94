import Dataset
import Imaging
import Ledger

#if canImport(Glibc)
  import Glibc
#endif

/// Which of the samples that show the same picture is kept.
///
/// What a person kept comes first; then the one in colour before a grey copy, the one with the most native face pixels
/// (in steps of a tenth, for a detector's box is no more exact), the sharper one, the one with fewer traces of
/// compression, the one whose mask has fewer faults, the exact number of face pixels, and the first by name. A sample is
/// left out only where a kept one shows the same picture: in a chain, in which each resembles the next but the ends
/// differ, both ends may stay.
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
          let turn = pair.turn == .upright ? "" : "turned or mirrored, "
          let faces = pair.likeness.map { ", the faces are alike by \(Rules.text($0))" } ?? ""
          return (
            index, "\(turn)\(pair.distance) of 64 bits differ, the pixels correlate by \(correlation)\(faces)"
          )
        }
      }
      if let rival, people[samples[index].crop.id]?.keep != true {
        let id = samples[rival.index].crop.id
        var decision = Sample.Decision(
          by: .rule, why: .duplicateOf,
          detail: "the same picture as \(id): \(rival.how); "
            + "that one \(advantage(of: rival.index, over: index))")
        decision.duplicateOf = id
        decisions[index] = decision
      } else if kept[own] == nil {
        kept[own] = index
      }
    }
    return decisions
  }

  /// Whether the first of two samples is kept rather than the second.
  func isBetter(_ a: Int, _ b: Int) -> Bool {
    for (left, right) in zip(standing(of: samples[a]), standing(of: samples[b]))
    where left.value != right.value {
      return left.value > right.value
    }
    return samples[a].crop.id < samples[b].crop.id
  }

  /// What speaks for the first of two samples, the first difference that counts.
  private func advantage(of best: Int, over other: Int) -> String {
    for (left, right) in zip(standing(of: samples[best]), standing(of: samples[other]))
    where left.value > right.value {
      let numbers = left.shown.flatMap { shown in
        right.shown.map { " (\(shown.measure) \(Rules.text(shown.value)) against \(Rules.text($0.value)))" }
      }
      return left.words + (numbers ?? "")
    }
    return "comes first by name"
  }

  /// One thing that speaks for a sample: the greater `value` wins.
  private struct Merit {
    let value: Double
    let words: String
    var shown: (measure: String, value: Double)?
  }

  /// What speaks for a sample, the weightiest first.
  private func standing(of sample: Snapshot.Candidate) -> [Merit] {
    func value(_ measure: String) -> Double { sample.value(of: measure) ?? 0 }
    let isGrey = sample.value(of: "grey").map { $0 > 0.98 } ?? (value("saturation") < 0.02)
    let faults = Double(sample.mask?.summary.flags.count ?? 0)
    let face = ("native-face", value("native-face"))
    return [
      Merit(value: people[sample.crop.id]?.keep == true ? 1 : 0, words: "was kept by a person"),
      Merit(value: isGrey ? 0 : 1, words: "is in colour"),
      Merit(
        value: (face.1 > 1 ? log(face.1) / log(1.1) : 0).rounded(), words: "has the larger face", shown: face),
      Merit(
        value: (value("sharpness") * 20).rounded(), words: "is sharper",
        shown: ("sharpness", value("sharpness"))),
      Merit(
        value: -(value("blocking") * 16).rounded(), words: "has fewer traces of compression",
        shown: ("blocking", value("blocking"))),
      Merit(value: -faults, words: "has the better mask", shown: ("faults", faults)),
      Merit(value: face.1, words: "has the larger face", shown: face),
      Merit(value: value("sharpness"), words: "is sharper", shown: ("sharpness", value("sharpness"))),
    ]
  }
}
