extension CurateSettings {
  /// A set of rules for `keep-if`; single rules can be changed on top of it.
  public enum Preset: String, Sendable, Hashable, CaseIterable {
    /// Rejects only what is certainly spoilt: for few images.
    case gentle
    /// Rejects what is clearly damaged and keeps nearly all good images: the default.
    case normal
    /// Rejects everything doubtful: for many images.
    case strict

    /// The rules of both domains, by name of measure.
    public var rules: [Rule] {
      [
        Rule(measure: .brightness, least: 0.1, greatest: 0.97),
        Rule(measure: .coverage, least: 0.15),
        Rule(measure: .roll, least: -45, greatest: 45),
        Rule(measure: .sharpness, least: 0.1),
      ]
    }

    /// The rules of one domain.
    public func rules(for domain: Domain) -> [Rule] { rules }
  }
}
