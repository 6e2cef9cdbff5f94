extension CurateSettings {
  /// A set of rules for `keep-if`; single rules can be changed on top of it.
  ///
  /// The limits were chosen on damaged copies of real pictures: half of the face black, noise, JPEG quality 5, four-fold
  /// enlargement, overexposure, a caption over the mouth.
  public enum Preset: String, Sendable, Hashable, CaseIterable {
    /// Rejects only what is certainly spoilt: for few images.
    case gentle
    /// Rejects what is clearly damaged and keeps nearly all good images: the default.
    case normal
    /// Rejects everything doubtful: for many images.
    case strict

    /// The rules of both domains, by name of measure.
    public var rules: [Rule] {
      func limit(_ gentle: Double, _ normal: Double, _ strict: Double) -> Double {
        switch self {
        case .gentle: gentle
        case .normal: normal
        case .strict: strict
        }
      }
      var rules = [
        Rule(measure: .blocking, least: 0, greatest: limit(0.5, 0.36, 0.25)),
        Rule(measure: .brightness, least: limit(0.06, 0.1, 0.15), greatest: limit(0.99, 0.97, 0.92)),
        Rule(measure: .clipped, least: 0, greatest: limit(0.5, 0.22, 0.12)),
        Rule(measure: .coverage, least: limit(0.08, 0.15, 0.2)),
        Rule(measure: .noise, least: 0, greatest: limit(15, 8, 4)),
        Rule(measure: .resolution, least: limit(0.15, 0.26, 0.35)),
        Rule(measure: .roll, least: -limit(60, 45, 25), greatest: limit(60, 45, 25)),
        Rule(measure: .sharpness, least: limit(0.04, 0.1, 0.2)),
        Rule(measure: .text, least: 0, greatest: limit(12, 8, 5.5)),
        Rule(measure: .whitePoint, least: limit(0.15, 0.3, 0.45)),
      ]
      if self == .strict {
        rules.append(Rule(measure: .subtitle, least: 0, greatest: 0.02))
        rules.append(Rule(measure: .occlusion, least: 0, greatest: 0.65))
        rules.append(Rule(measure: .yaw, least: -45, greatest: 45))
      }
      return rules.sorted { $0.measure < $1.measure }
    }
  }
}
