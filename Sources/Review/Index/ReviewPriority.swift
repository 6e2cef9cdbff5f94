import Dataset

/// How urgently a person should check a sample: doubtful masks first, then measures near their limits, then copies.
struct ReviewPriority: Sendable, Comparable {
  /// How doubtful the mask is, `Sample.MaskSummary.suspicion`.
  let suspicion: Double
  /// Whether other samples show the same picture.
  let hasCopies: Bool
  /// The measures that are only just inside their limits, by how near they are, see `BorderlineRule`.
  let borderline: [String]
  private let nearest: Double

  /// - Parameters:
  ///   - suspicion: How doubtful the mask is, 0 for nothing unusual.
  ///   - hasCopies: Whether other samples show the same picture.
  ///   - rules: The domain's rules by measure.
  ///   - value: A measure's value; nil if there is none.
  init(
    suspicion: Double, hasCopies: Bool, rules: [String: BorderlineRule], value: (String) -> Double?
  ) {
    (self.suspicion, self.hasCopies) = (suspicion, hasCopies)
    let near = rules.compactMap { measure, rule in
      value(measure).flatMap(rule.distance).map { (measure, $0) }
    }
    borderline = near.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    nearest = near.map(\.1).min() ?? .infinity
  }

  /// Whether a person should check it.
  var needsCheck: Bool { suspicion >= 1 || !borderline.isEmpty }

  /// Whether the left one comes first.
  static func < (left: ReviewPriority, right: ReviewPriority) -> Bool {
    if left.suspicion != right.suspicion { return left.suspicion > right.suspicion }
    if left.nearest != right.nearest { return left.nearest < right.nearest }
    return left.hasCopies && !right.hasCopies
  }
}
