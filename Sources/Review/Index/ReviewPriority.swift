import Dataset

/// The priority for checking a sample: doubtful masks first, then measures near their limits, then duplicates.
struct ReviewPriority: Sendable, Comparable {
  /// How doubtful the mask is, `Sample.MaskSummary.checkPriority`.
  let checkPriority: Double
  /// Whether it has duplicates.
  let hasCopies: Bool
  /// The measures close to a limit, the closest first; see `CurateSettings.Rule.margin`.
  let borderline: [String]
  private let nearest: Double

  /// - Parameters:
  ///   - checkPriority: How much the mask should be checked, 0 for nothing unusual.
  ///   - hasCopies: Whether it has duplicates.
  ///   - rules: The domain's rules.
  ///   - value: A measure's value; nil if there is none.
  init(
    checkPriority: Double, hasCopies: Bool, rules: [CurateSettings.Rule], value: (MeasureName) -> Double?
  ) {
    (self.checkPriority, self.hasCopies) = (checkPriority, hasCopies)
    let near = rules.compactMap { rule -> (name: String, margin: Double)? in
      guard let margin = value(rule.measure).map(rule.margin),
        (0..<CurateSettings.Rule.borderline).contains(margin)
      else { return nil }
      return (rule.measure.rawValue, margin)
    }
    borderline = near.sorted { ($0.margin, $0.name) < ($1.margin, $1.name) }.map(\.name)
    nearest = near.map(\.margin).min() ?? .infinity
  }

  /// Whether the user should check it.
  var needsCheck: Bool { checkPriority >= 1 || !borderline.isEmpty }

  /// Whether the left one has the higher priority.
  static func < (left: ReviewPriority, right: ReviewPriority) -> Bool {
    if left.checkPriority != right.checkPriority { return left.checkPriority > right.checkPriority }
    if left.nearest != right.nearest { return left.nearest < right.nearest }
    return left.hasCopies && !right.hasCopies
  }
}
