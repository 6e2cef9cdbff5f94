package import Dataset

extension CurateSettings.Rule {
  /// What the rule keeps, as words.
  package var limits: String {
    guard let maximum else { return "at least \(NumberText.plain(minimum))" }
    if minimum <= measure.range.lowerBound { return "at most \(NumberText.plain(maximum))" }
    return "\(NumberText.plain(minimum)) to \(NumberText.plain(maximum))"
  }
}

/// How many samples of a domain one rule alone would reject.
package struct LimitTrial: Sendable, Hashable {
  /// The domain.
  package let domain: Domain
  /// The rule.
  package let rule: CurateSettings.Rule
  /// Where the rule comes from: `yours` or the name of a preset.
  package fileprivate(set) var preset: String
  /// How many samples have a value.
  package let count: Int
  /// How many of them the rule rejects.
  package let rejected: Int

  /// Tries a rule on the samples of its domain.
  package init(
    _ rule: CurateSettings.Rule, _ domain: Domain, preset: String, values: [Double]
  ) {
    (self.rule, self.domain, self.preset) = (rule, domain, preset)
    count = values.count
    rejected = values.count { !rule.keeps($0) }
  }
}

extension LimitTrial {
  /// The rules in force for a domain and those of all presets, each tried alone on its samples; equal rules once.
  package static func all(
    _ domain: Domain, rules: [CurateSettings.Rule], samples: [Sample]
  ) -> [LimitTrial] {
    let sets =
      [("yours", rules)] + CurateSettings.Preset.allCases.map { ($0.rawValue, $0.rules) }
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
          trials[index].preset += ", \(name)"
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
  /// A line for a person.
  package var line: String {
    "\(domain.rawValue)  \(rule.measure.rawValue) \(rule.limits) (\(preset)): would reject \(rejected) of \(count)"
  }

  /// A line of JSON.
  package var json: String {
    let greatest = rule.maximum.map { "\($0)" } ?? "null"
    return
      "{\"event\":\"what-if\",\"domain\":\"\(domain.rawValue)\",\"measure\":\"\(rule.measure.rawValue)\","
      + "\"least\":\(rule.minimum),\"greatest\":\(greatest),\"from\":\"\(preset)\",\"rejected\":\(rejected),\"of\":\(count)}"
  }
}
