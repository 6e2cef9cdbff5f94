import Dataset
import Foundation

/// Kept samples that a person should look at: those far from the rest of their domain, and those that rules only just kept.
enum Outliers {
  /// A sample and what is special about it.
  struct Finding {
    let sample: Sample
    /// One sentence.
    let why: String
    /// How much it deserves a look; higher comes first.
    let score: Double
  }

  /// Samples at least this many usual deviations from the median are unusual.
  private static let least = 5.0
  /// At most this share of a domain is unusual: what is frequent is not an outlier.
  private static let greatestShare = 0.05
  private static let judged: [MeasureName] = [
    .blackPoint, .blocking, .brightness, .colorfulness, .contrast, .grey, .motion, .noise, .occlusion,
    .outside,
    .roll, .saturation, .sharpness, .whitePoint, .yaw,
  ]

  /// The samples of one domain that are far from its rest in at least one measure: the farthest of each measure first, then
  /// the next of each, so that one common oddity does not hide the others.
  ///
  /// The distance is that from the median in units of 1.4826 times the median absolute deviation, which outliers do not
  /// change, as they change the standard deviation.
  static func unusual(among samples: [Sample]) -> [Finding] {
    var findings: [String: Finding] = [:]
    var measures: [String: MeasureName] = [:]
    for measure in judged {
      let values = samples.compactMap { sample in sample.value(of: measure).map { (sample, $0) } }
      guard values.count >= 20 else { continue }
      let middle = median(values.map(\.1))
      let deviation = 1.4826 * median(values.map { abs($0.1 - middle) })
      // If nearly all values are equal, the smallest difference would count as far.
      guard deviation > 0.01 * max(1, abs(middle)) else { continue }
      for (sample, value) in values {
        let score = abs(value - middle) / deviation
        guard score >= least, score > findings[sample.id]?.score ?? 0 else { continue }
        measures[sample.id] = measure
        findings[sample.id] = Finding(
          sample: sample,
          why: "\(measure.rawValue) \(measure.brief(value)), usual here: \(measure.brief(middle))",
          score: score)
      }
    }
    var seen: [MeasureName: Int] = [:]
    let ranked = sorted(findings.values).map { finding -> (rank: Int, finding: Finding) in
      guard let measure = measures[finding.sample.id] else { return (0, finding) }
      seen[measure, default: 0] += 1
      return (seen[measure] ?? 0, finding)
    }
    let limit = max(1, Int(Double(samples.count) * greatestShare))
    return ranked.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
      .prefix(limit).map(\.element.finding)
  }

  /// The samples that a rule keeps with a small margin, the smallest margin first.
  static func borderline(among samples: [Sample], rules: [CurateSettings.Rule]) -> [Finding] {
    var findings: [String: Finding] = [:]
    for rule in rules {
      for sample in samples {
        guard let value = sample.value(of: rule.measure) else { continue }
        let margin = rule.margin(value)
        guard (0..<CurateSettings.Rule.borderline).contains(margin),
          -margin > findings[sample.id]?.score ?? -1
        else { continue }
        let isLow = value - rule.minimum < (rule.maximum ?? .infinity) - value
        let limit =
          isLow
          ? "at least \(NumberText.plain(rule.minimum))" : "at most \(NumberText.plain(rule.maximum ?? 0))"
        findings[sample.id] = Finding(
          sample: sample, why: "\(rule.measure.rawValue) \(NumberText.plain(value)), kept: \(limit)",
          score: -margin)
      }
    }
    return sorted(findings.values)
  }

  private static func sorted(_ findings: some Collection<Finding>) -> [Finding] {
    findings.sorted { $0.score == $1.score ? $0.sample.id < $1.sample.id : $0.score > $1.score }
  }

  private static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    return values.sorted()[values.count / 2]
  }
}
