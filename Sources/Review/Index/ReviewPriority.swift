import Dataset

/// How much a sample needs a person's eye: doubtful masks first, then measures near their thresholds, then copies.
struct ReviewPriority: Sendable, Comparable {
  /// A measure this near to its threshold, in parts of the rule's range, is borderline.
  static let borderline = 0.1

  /// How doubtful the mask is, `Sample.MaskSummary.suspicion`.
  let suspicion: Double
  /// Whether there are others that show the same picture.
  let hasCopies: Bool
  /// The distance of the most doubtful measure to its threshold in parts of the rule's range; negative beyond it.
  let margin: Double
  /// The measures that are borderline.
  let borderline: [String]

  /// - Parameters:
  ///   - suspicion: How doubtful the mask is, 0 for nothing unusual.
  ///   - hasCopies: Whether there are others that show the same picture.
  ///   - rules: What the measures must be.
  ///   - value: A measure's value; nil where there is none.
  init(suspicion: Double, hasCopies: Bool, rules: [CurateSettings.Rule], value: (String) -> Double?) {
    (self.suspicion, self.hasCopies) = (suspicion, hasCopies)
    var (nearest, borderline) = (Double.infinity, [String]())
    for rule in rules {
      guard let value = value(rule.measure) else { continue }
      let margin = Self.margin(value, rule)
      if abs(margin) < Self.borderline { borderline.append(rule.measure) }
      nearest = min(nearest, margin)
    }
    (margin, self.borderline) = (nearest, borderline)
  }

  /// Whether rules alone cannot be trusted with it.
  var needsCheck: Bool { suspicion >= 1 || !borderline.isEmpty }

  /// How far `value` is inside the rule; a rule without an upper limit is taken to range over its lower one's size.
  private static func margin(_ value: Double, _ rule: CurateSettings.Rule) -> Double {
    guard let greatest = rule.greatest else {
      return (value - rule.least) / max(abs(rule.least), .leastNonzeroMagnitude)
    }
    let range = max(greatest - rule.least, .leastNonzeroMagnitude)
    return min(value - rule.least, greatest - value) / range
  }

  /// Whether the left one comes first.
  static func < (left: ReviewPriority, right: ReviewPriority) -> Bool {
    if left.suspicion != right.suspicion { return left.suspicion > right.suspicion }
    if left.needsCheck != right.needsCheck { return left.needsCheck }
    if left.needsCheck { return abs(left.margin) < abs(right.margin) }
    if left.hasCopies != right.hasCopies { return left.hasCopies }
    return abs(left.margin) < abs(right.margin)
  }
}
