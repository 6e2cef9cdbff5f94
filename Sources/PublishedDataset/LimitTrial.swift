package import Dataset

extension CurateSettings.Rule {
  /// What the rule keeps, as words.
  package var limits: String {
    guard let greatest else { return "at least \(NumberText.plain(least))" }
    if least <= measure.range.lowerBound { return "at most \(NumberText.plain(greatest))" }
    return "\(NumberText.plain(least)) to \(NumberText.plain(greatest))"
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
      [("yours", rules)] + CurateSettings.Preset.allCases.map { ($0.rawValue, $0.rules(for: domain)) }
    var seen: [CurateSettings.Rule: Int] = [:]
    var trials: [LimitTrial] = []
    for measure in MeasureName.allCases {
      let values = samples.compactMap { $0.value(of: measure) }
      guard !values.isEmpty else { continue }
      for (name, rules) in sets {
        guard let rule = rules.first(where: { $0.measure == measure }), rule.least.isFinite else { continue }
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
