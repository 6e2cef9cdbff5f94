import Dataset

/// Kept samples that a person should look at: those far from the rest of their domain, and those that rules only just kept.
enum Outliers {
  /// A sample with what is special about it.
  struct Finding {
    let sample: Sample
    /// One sentence.
    let why: String
    /// How much it deserves a look; more is more.
    let score: Double
  }

  /// Distances of fewer than this many times the usual deviation are nothing special.
  private static let least = 5.0
  private static let judged = [
    "black-point", "blocking", "brightness", "colorfulness", "contrast", "grey", "motion", "occlusion",
    "roll",
    "saturation", "sharpness", "white-point", "yaw",
  ]

  /// The samples of one domain that lie far from its rest in at least one measure: the farthest of each measure first, then
  /// the next of each, so that one common oddity does not hide the others.
  ///
  /// Distance is taken from the median in units of 1.4826 times the median absolute deviation, which outliers themselves
  /// do not move, as the standard deviation would.
  static func unusual(among samples: [Sample]) -> [Finding] {
    var findings: [String: Finding] = [:]
    var measures: [String: String] = [:]
    for measure in judged {
      let values = samples.compactMap { sample in Balance.value(measure, sample).map { (sample, $0) } }
      guard values.count >= 20 else { continue }
      let middle = median(values.map(\.1))
      let deviation = 1.4826 * median(values.map { abs($0.1 - middle) })
      // Where nearly all are equal, the smallest difference would count as far.
      guard deviation > 0.01 * max(1, abs(middle)) else { continue }
      for (sample, value) in values {
        let score = abs(value - middle) / deviation
        guard score >= least, score > findings[sample.id]?.score ?? 0 else { continue }
        measures[sample.id] = measure
        findings[sample.id] = Finding(
          sample: sample,
          why:
            "\(measure) \(Rules.brief(value, of: measure)), usual here: \(Rules.brief(middle, of: measure))",
          score: score)
      }
    }
    var seen: [String: Int] = [:]
    let ranked = sorted(findings.values).map { finding -> (rank: Int, finding: Finding) in
      let measure = measures[finding.sample.id] ?? ""
      seen[measure, default: 0] += 1
      return (seen[measure] ?? 0, finding)
    }
    return ranked.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
      .map(\.element.finding)
  }

  /// The samples of one domain nearest to a rule's limit, within a tenth of where most of the domain lies.
  static func borderline(among samples: [Sample], rules: [String: [Double]]) -> [Finding] {
    var findings: [String: Finding] = [:]
    for (measure, bounds) in rules.sorted(by: { $0.key < $1.key }) {
      let values = samples.compactMap { sample in value(measure, sample).map { (sample, $0) } }
      let middle = median(values.map(\.1))
      for (index, bound) in bounds.enumerated() {
        let room = abs(middle - bound)
        guard room > 0 else { continue }
        for (sample, value) in values {
          let distance = (index == 0 ? value - bound : bound - value) / room
          guard (0..<0.1).contains(distance), -distance > findings[sample.id]?.score ?? -1 else { continue }
          let limit = index == 0 ? "at least" : "at most"
          findings[sample.id] = Finding(
            sample: sample, why: "\(measure) \(Rules.text(value)), kept is \(limit) \(Rules.text(bound))",
            score: -distance)
        }
      }
    }
    return sorted(findings.values)
  }

  private static func value(_ measure: String, _ sample: Sample) -> Double? {
    Balance.value(measure, sample) ?? sample.mask?.value(of: measure)
  }

  private static func sorted(_ findings: some Collection<Finding>) -> [Finding] {
    findings.sorted { $0.score == $1.score ? $0.sample.id < $1.sample.id : $0.score > $1.score }
  }

  private static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    return values.sorted()[values.count / 2]
  }
}
