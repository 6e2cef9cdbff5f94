import Dataset
import Foundation

/// Kept samples that a user should check: unusual samples of their domain, and samples close to a rule's limit.
enum Outliers {
  /// A sample with the reason to check it.
  struct Finding {
    let sample: Sample
    /// The reason.
    let why: String
    /// The priority; the highest comes first.
    let score: Double
  }

  /// The minimum distance of an unusual sample from the median, in robust standard deviations.
  private static let minimumDistance = 5.0
  /// The maximum fraction of a domain that is unusual, because frequent values are not outliers.
  private static let maximumShare = 0.05
  private static let measures: [MeasureName] = [
    .blackPoint, .blocking, .brightness, .colorfulness, .contrast, .grey, .motion, .noise, .occlusion,
    .outside,
    .roll, .saturation, .sharpness, .whitePoint, .yaw,
  ]

  /// The unusual samples of one domain: the farthest of each measure first, then the second of each, so that one measure does
  /// not hide the others.
  ///
  /// The distance is measured from the median in units of 1.4826 times the median absolute deviation, which is robust against
  /// outliers.
  static func unusual(among samples: [Sample]) -> [Finding] {
    var findings: [String: Finding] = [:]
    var measures: [String: MeasureName] = [:]
    for measure in Self.measures {
      let values = samples.compactMap { sample in sample.value(of: measure).map { (sample, $0) } }
      guard values.count >= 20 else { continue }
      let middle = median(values.map(\.1))
      let deviation = 1.4826 * median(values.map { abs($0.1 - middle) })
      // If nearly all values are equal, even the smallest difference would count as unusual.
      guard deviation > 0.01 * max(1, abs(middle)) else { continue }
      for (sample, value) in values {
        let score = abs(value - middle) / deviation
        guard score >= minimumDistance, score > findings[sample.id]?.score ?? 0 else { continue }
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
    let limit = max(1, Int(Double(samples.count) * maximumShare))
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
        let isLow = value - rule.least < (rule.greatest ?? .infinity) - value
        let limit =
          isLow
          ? "at least \(NumberText.plain(rule.least))" : "at most \(NumberText.plain(rule.greatest ?? 0))"
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
