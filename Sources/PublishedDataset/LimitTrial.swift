package import Dataset

extension CurateSettings.Rule {
  /// The range that the rule keeps, in words.
  package var limits: String {
    guard let maximum else { return "at least \(NumberText.plain(minimum))" }
    if minimum <= measure.range.lowerBound { return "at most \(NumberText.plain(maximum))" }
    return "\(NumberText.plain(minimum)) to \(NumberText.plain(maximum))"
  }
}

/// The number of samples of a domain that one rule alone would reject.
package struct LimitTrial: Sendable, Hashable {
  /// The domain.
  package let domain: Domain
  /// The rule.
  package let rule: CurateSettings.Rule
  /// The origins of the rule: `yours` and the names of presets.
  package fileprivate(set) var origins: [String]
  /// Whether it is a rule of the settings.
  package let isOwn: Bool
  /// The number of samples with a value.
  package let count: Int
  /// The number of samples that the rule rejects.
  package let rejected: Int

  /// Applies a rule to the values of its domain's samples.
  package init(
    _ rule: CurateSettings.Rule, _ domain: Domain, preset: String, values: [Double]
  ) {
    (self.rule, self.domain, origins) = (rule, domain, [preset])
    isOwn = preset == "yours"
    count = values.count
    rejected = values.count { !rule.keeps($0) }
  }
}

extension LimitTrial {
  /// The rules of a domain and those of all presets, each applied alone to the samples; equal rules are merged.
  package static func all(
    _ domain: Domain, rules: [CurateSettings.Rule], samples: [Sample]
  ) -> [LimitTrial] {
    let sets =
      [("yours", rules)] + CurateSettings.Preset.allCases.map { ($0.rawValue, $0.rules(for: domain)) }
    var seen: [CurateSettings.Rule: Int] = [:]
    var trials: [LimitTrial] = []
    for measure in MeasureName.allCases {
      let values = samples.compactMap { $0.value(of: measure) }
      guard !values.isEmpty else { continue }
      for (name, rules) in sets {
        guard let rule = rules.first(where: { $0.measure == measure }), rule.minimum.isFinite else {
          continue
        }
        if let index = seen[rule] {
          trials[index].origins.append(name)
        } else {
          seen[rule] = trials.count
          trials.append(LimitTrial(rule, domain, preset: name, values: values))
        }
      }
    }
    return trials
  }
}

extension LimitTrial {
  /// The trial as one line of JSON.
  package var json: String {
    let greatest = rule.maximum.map { "\($0)" } ?? "null"
    return
      "{\"event\":\"what-if\",\"domain\":\"\(domain.rawValue)\",\"measure\":\"\(rule.measure.rawValue)\","
      + "\"least\":\(rule.minimum),\"greatest\":\(greatest),\"from\":[\(origins.map { "\"\($0)\"" }.joined(separator: ","))],\"rejected\":\(rejected),\"of\":\(count)}"
  }
}
