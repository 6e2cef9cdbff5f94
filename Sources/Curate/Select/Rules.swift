import Dataset

/// The `keep-if` rules, all of which a sample must meet.
struct Rules: Sendable {
  private let rules: [CurateSettings.Rule]

  init(_ rules: [CurateSettings.Rule]) { self.rules = rules }

  /// The rejection by the first rule that a sample does not meet; nil if it meets them all.
  ///
  /// A rule is ignored if the sample does not have its measure.
  func rejection(of candidate: CurationInput.Candidate) -> Sample.Decision? {
    for rule in rules {
      guard let value = candidate.value(of: rule.measure), !rule.keeps(value) else { continue }
      let isLow = !(value > rule.maximum ?? .infinity)
      let threshold = isLow ? rule.minimum : rule.maximum ?? rule.minimum
      var decision = Sample.Decision(
        by: .rule, why: Self.reason(rule.measure, isLow: isLow),
        detail:
          "\(rule.measure.rawValue) \(NumberText.plain(value)) is \(isLow ? "below" : "above") the limit of "
          + NumberText.plain(threshold))
      (decision.measure, decision.value) = (rule.measure.rawValue, value)
      decision.threshold = threshold
      return decision
    }
    return nil
  }

  /// The reason code of a rule that is not met.
  static func reason(_ measure: MeasureName, isLow: Bool) -> Reason {
    switch (measure, isLow) {
    case (.sharpness, true): .blurred
    case (.brightness, true), (.whitePoint, true): "too-dark"
    case (.brightness, false): "too-bright"
    case (.coverage, true): "mask-too-small"
    case (.coverage, false): "mask-too-large"
    case (.roll, _), (.yaw, _): "turned"
    case (.motion, false): "motion-blurred"
    case (.blackPoint, false): "washed-out"
    case (.grey, false), (.colorfulness, true): "colourless"
    case (.blocking, false): "compressed"
    case (.combing, false): "interlaced"
    case (.resolution, true), (.realFace, true): "upscaled"
    case (.occlusion, false): "occluded"
    case (.clipped, false): "clipped"
    case (.black, false): "partly-black"
    case (.noise, false): "noisy"
    case (.subtitle, false): "captioned"
    case (.brisque, false): "disturbed"
    default: Reason(rawValue: measure.rawValue + (isLow ? "-too-low" : "-too-high"))
    }
  }
}
