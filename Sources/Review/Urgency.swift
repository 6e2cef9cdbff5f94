import Dataset
import Ledger

/// How much a sample needs a person's eye: flagged masks first, then measures near their thresholds, then the rest.
struct Urgency: Sendable, Comparable {
  /// A measure this near to its threshold, in parts of the rule's range, is borderline.
  static let borderline = 0.1

  /// How many things look wrong about the mask.
  let flags: Int
  /// The distance of the most doubtful measure to its threshold in parts of the rule's range; negative beyond it.
  let margin: Double

  init(_ facts: Facts, rules: [CurateSettings.Rule]) {
    flags = facts.mask?.summary.flags.count ?? 0
    margin =
      rules.compactMap { rule in facts.value(of: rule.measure).map { Self.margin($0, rule) } }
      .min() ?? .infinity
  }

  /// Whether rules alone cannot be trusted with it.
  var needsEye: Bool { flags > 0 || abs(margin) < Self.borderline }

  /// How far `value` is inside the rule; a rule without an upper limit is taken to range over its lower one's size.
  private static func margin(_ value: Double, _ rule: CurateSettings.Rule) -> Double {
    guard let greatest = rule.greatest else {
      return (value - rule.least) / max(abs(rule.least), .leastNonzeroMagnitude)
    }
    let range = max(greatest - rule.least, .leastNonzeroMagnitude)
    return min(value - rule.least, greatest - value) / range
  }

  /// Whether the left one comes first.
  static func < (left: Urgency, right: Urgency) -> Bool {
    (-left.flags, abs(left.margin)) < (-right.flags, abs(right.margin))
  }
}
