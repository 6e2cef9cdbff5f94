import Dataset

/// One rule of `keep-if:` against one sample.
public struct RuleCheck: Sendable, Hashable, Encodable {
  /// The measure.
  public let measure: String
  /// Its value.
  public let value: Double
  /// The least that is kept.
  public let least: Double
  /// The greatest that is kept; nil for no limit.
  public let greatest: Double?
  /// Whether the sample meets it.
  public let holds: Bool
}

/// The rules of `keep-if:`, which each sample must meet.
struct Rules: Sendable {
  private let rules: [CurateSettings.Rule]

  /// - Throws: `CurateError.unknownMeasure`.
  init(_ rules: [CurateSettings.Rule]) throws {
    for rule in rules where !Measures.names.contains(rule.measure) {
      throw CurateError.unknownMeasure(rule.measure)
    }
    self.rules = rules
  }

  /// What each rule that has a value to judge says about a sample.
  func checks(of candidate: Snapshot.Candidate) -> [RuleCheck] {
    rules.compactMap { rule in
      candidate.value(of: rule.measure).map { value in
        RuleCheck(
          measure: rule.measure, value: value, least: rule.least, greatest: rule.greatest,
          holds: value >= rule.least && value <= rule.greatest ?? .infinity)
      }
    }
  }

  /// The first rule that a sample breaks, as the decision that follows; nil where it meets them all.
  func objection(to candidate: Snapshot.Candidate) -> Sample.Decision? {
    for rule in rules {
      guard let value = candidate.value(of: rule.measure) else { continue }
      let isLow = value < rule.least
      guard isLow || value > rule.greatest ?? .infinity else { continue }
      let asked = isLow ? "at least \(Self.text(rule.least))" : "at most \(Self.text(rule.greatest ?? value))"
      var decision = Sample.Decision(
        by: .rule, why: Self.reason(rule.measure, isLow: isLow),
        detail: "its \(rule.measure) is \(Self.text(value)), \(asked) is kept")
      (decision.measure, decision.value) = (rule.measure, value)
      decision.threshold = isLow ? rule.least : rule.greatest
      return decision
    }
    return nil
  }

  /// The code of a broken rule.
  static func reason(_ measure: String, isLow: Bool) -> Reason {
    switch (measure, isLow) {
    case ("sharpness", true): .blurred
    case ("brightness", true): "too-dark"
    case ("brightness", false): "too-bright"
    case ("coverage", true): "mask-too-small"
    case ("coverage", false): "mask-too-large"
    case ("roll", _), ("yaw", _): "turned"
    case ("motion", false): "motion-blurred"
    case ("white-point", true): "too-dark"
    case ("black-point", false): "washed-out"
    case ("grey", false), ("colorfulness", true): "colourless"
    case ("blocking", false): "compressed"
    case ("combing", false): "interlaced"
    case ("resolution", true), ("real-face", true): "upscaled"
    case ("occlusion", false): "occluded"
    case ("brisque", false): "disturbed"
    default: Reason(rawValue: measure + (isLow ? "-too-low" : "-too-high"))
    }
  }

  /// A number with as many digits as a person reads.
  static func text(_ value: Double) -> String {
    let rounded = (value * 1000).rounded() / 1000
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : String(rounded)
  }

  /// A measure's value to compare at a glance: two digits that count, or all before the point; angles in tenths of degrees.
  static func brief(_ value: Double, of measure: String = "") -> String {
    let isAngle = measure == "roll" || measure == "yaw"
    let scale: Double = abs(value) < 0.995 && !isAngle ? 100 : abs(value) < 9.95 ? 10 : 1
    return text((value * scale).rounded() / scale) + (isAngle ? "°" : "")
  }
}
