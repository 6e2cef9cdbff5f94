import Dataset

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

  /// The first rule that a sample breaks, as the decision that follows; nil where it meets them all.
  func objection(to candidate: Snapshot.Candidate) -> Sample.Decision? {
    for rule in rules {
      guard let value = candidate.value(of: rule.measure) else { continue }
      let isLow = value < rule.least
      guard isLow || value > rule.greatest ?? .infinity else { continue }
      let asked = isLow ? "at least \(Self.text(rule.least))" : "at most \(Self.text(rule.greatest ?? value))"
      return Sample.Decision(
        by: .rule, why: Self.reason(rule.measure, isLow: isLow),
        detail: "its \(rule.measure) is \(Self.text(value)), \(asked) is kept")
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
    case ("roll", _): "turned"
    default: Reason(rawValue: measure + (isLow ? "-too-low" : "-too-high"))
    }
  }

  /// A number with as many digits as a person reads.
  static func text(_ value: Double) -> String {
    let rounded = (value * 1000).rounded() / 1000
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : String(rounded)
  }
}
