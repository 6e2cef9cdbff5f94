extension CurateSettings {
  /// A set of rules for `keep-if`; single rules can be changed on top of it.
  ///
  /// The limits were chosen on damaged copies of real pictures: half of the face black, noise, JPEG quality
  /// 5, fourfold enlargement, overexposure, a caption over the mouth.
  public enum Preset: String, Sendable, Hashable, CaseIterable {
    /// Rejects only severely damaged images; for small collections.
    case gentle
    /// Rejects clearly damaged images and keeps nearly all good ones; the default.
    case normal
    /// Rejects all doubtful images; for large collections.
    case strict

    private func limit(_ gentle: Double, _ normal: Double, _ strict: Double) -> Double {
      switch self {
      case .gentle: gentle
      case .normal: normal
      case .strict: strict
      }
    }

    /// The rules that are different for drawings, domain B.
    ///
    /// White skin and white hair are painted white. Good drawings have up to 0.56, and overexposed ones 0.51 or more.
    public var drawingRules: [Rule] { [Rule(measure: .clipped, minimum: 0, maximum: limit(0.6, 0.5, 0.35))] }

    /// The rules for one domain, sorted by measure.
    public func rules(for domain: Domain) -> [Rule] {
      guard domain == .b else { return rules }
      let own = drawingRules
      return (own + rules.filter { rule in !own.contains { $0.measure == rule.measure } })
        .sorted { $0.measure < $1.measure }
    }

    /// The rules for both domains, sorted by measure.
    public var rules: [Rule] {
      var rules = [
        Rule(measure: .black, minimum: 0, maximum: limit(0.6, 0.38, 0.25)),
        Rule(measure: .blocking, minimum: 0, maximum: limit(0.6, 0.48, 0.3)),
        Rule(measure: .brightness, minimum: limit(0.06, 0.1, 0.15), maximum: limit(0.99, 0.97, 0.92)),
        Rule(measure: .clipped, minimum: 0, maximum: limit(0.5, 0.3, 0.15)),
        Rule(measure: .coverage, minimum: limit(0.08, 0.15, 0.2)),
        Rule(measure: .noise, minimum: 0, maximum: limit(15, 8, 4)),
        Rule(measure: .resolution, minimum: limit(0.15, 0.27, 0.35)),
        Rule(measure: .roll, minimum: -limit(60, 50, 25), maximum: limit(60, 50, 25)),
        Rule(measure: .sharpness, minimum: limit(0.04, 0.08, 0.2)),
        Rule(measure: .text, minimum: 0, maximum: limit(12, 8, 5.5)),
        Rule(measure: .whitePoint, minimum: limit(0.15, 0.3, 0.45)),
      ]
      if self == .strict {
        rules.append(Rule(measure: .subtitle, minimum: 0, maximum: 0.02))
        rules.append(Rule(measure: .occlusion, minimum: 0, maximum: 0.65))
        rules.append(Rule(measure: .yaw, minimum: -45, maximum: 45))
      }
      return rules.sorted { $0.measure < $1.measure }
    }
  }
}
