extension Settings {
  /// The rules for samples of `domain`: its own, and those of `curate` for all other measures.
  public func rules(for domain: Domain) -> [CurateSettings.Rule] {
    let own = ownRules(of: domain)
    let named = Set(own.map(\.measure))
    return (own.filter { $0.minimum.isFinite } + curate.keepIf.filter { !named.contains($0.measure) })
      .sorted { $0.measure < $1.measure }
  }

  /// The rules of `domain` only, which replace those of `curate` for the same measures.
  ///
  /// A domain's default rules are ignored for measures with a rule in `curate`. Those of the preset for drawings apply as long as
  /// the user has not changed the preset's rule for the same measure.
  public func ownRules(of domain: Domain) -> [CurateSettings.Rule] {
    let own = self[domain].keepIf
    guard own == DomainSettings(domain: domain).keepIf else { return own }
    let preset = curate.preset
    let drawings = preset.drawingRules.filter { rule in
      domain == .b && curate[rule: rule.measure] == preset.rules.first { $0.measure == rule.measure }
    }
    return own.filter { curate[rule: $0.measure] == nil } + drawings
  }

  /// The settings of one domain; the defaults if it has none.
  public subscript(domain: Domain) -> DomainSettings {
    get { domains[domain] ?? DomainSettings(domain: domain) }
    set { domains[domain] = newValue }
  }
}

extension CurateSettings {
  /// The number of samples of a domain that are kept; nil for all.
  public subscript(choose domain: Domain) -> Int? {
    get { choose[domain] }
    set { choose[domain] = newValue }
  }

  /// The rule for one measure; nil if all values are kept.
  public subscript(rule measure: MeasureName) -> Rule? {
    get { keepIf.first { $0.measure == measure } }
    set {
      keepIf.removeAll { $0.measure == measure }
      if let newValue { keepIf.append(newValue) }
      keepIf.sort { $0.measure < $1.measure }
    }
  }
}
