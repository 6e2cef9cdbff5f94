package import Foundation

/// A change of one `keep-if` rule in a settings file.
package struct RuleChange: Sendable, Hashable {
  /// The domain whose own rule changes; nil for the rules of `curate`, which apply to both.
  package let domain: Domain?
  /// The measure.
  package let measure: MeasureName
  /// The new rule; nil for no limit.
  package let rule: CurateSettings.Rule?

  /// A change of the rule of `measure`.
  package init(domain: Domain?, measure: MeasureName, rule: CurateSettings.Rule?) {
    (self.domain, self.measure, self.rule) = (domain, measure, rule)
  }

  /// The rule as YAML.
  fileprivate var value: String { Self.value(rule, of: measure) }

  fileprivate static func value(_ rule: CurateSettings.Rule?, of measure: MeasureName) -> String {
    guard let rule, rule.minimum.isFinite, case .inline(let text) = ValueType.rule(measure).format(rule)
    else {
      return "any"
    }
    return text
  }
}

extension SettingsFile {
  /// The text of a settings file with changed rules; every other character remains.
  ///
  /// - Parameters:
  ///   - changes: The changes.
  ///   - text: The text of the file.
  ///   - name: The file's name, for errors.
  ///   - folder: The file's folder.
  /// - Returns: The new text, which gives the same settings except for these rules.
  /// - Throws: `SettingsError` if the text is not valid, is written in a form that cannot be changed, or has a rule of a domain
  ///   that overrides a change.
  package static func apply(
    _ changes: [RuleChange], to text: String, name: String, folder: URL
  ) throws -> String {
    let mark = text.hasPrefix("\u{FEFF}") ? "\u{FEFF}" : ""
    let body = String(text.unicodeScalars.dropFirst(mark.unicodeScalars.count))
    let before = try parse(body, name: name, folder: folder, needsSources: false)
    for atEnd in [true, false] {
      guard let edited = try? write(changes, into: body, before, atEnd: atEnd),
        let after = try? parse(edited, name: name, folder: folder, needsSources: false),
        after.withoutRules == before.withoutRules
      else { continue }
      for domain in Domain.allCases {
        let wanted = changes.reduce(into: before.rules(for: domain)) { rules, change in
          guard change.domain ?? domain == domain else { return }
          rules.removeAll { $0.measure == change.measure }
          if let rule = change.rule { rules.append(rule) }
        }
        guard after.rules(for: domain) == wanted.sorted(by: { $0.measure < $1.measure }) else {
          throw SettingsError(
            place: name,
            message:
              "domains.\(domain.rawValue) has its own keep-if: for one of these measures; set the limit of "
              + "that domain alone")
        }
      }
      return mark + edited
    }
    throw SettingsError(
      place: name,
      message: "keep-if: is written here in a form that Easel cannot change; write the rule yourself")
  }

  private static func write(
    _ changes: [RuleChange], into text: String, _ settings: Settings, atEnd: Bool
  ) throws -> String {
    var editor = YAMLEditor(text)
    for change in changes {
      var path = ["curate", "keep-if"]
      if let domain = change.domain {
        path = ["domains", domain.rawValue, "keep-if"]
        let node = try YAMLNode(yaml: editor.text) { _ in "" }
        // A domain's first own rule replaces its default rules, so these are written too.
        if node["domains"]?[domain.rawValue]?["keep-if"] == nil {
          for rule in settings.ownRules(of: domain) where rule.measure != change.measure {
            try editor.set(
              path + [rule.measure.rawValue], to: RuleChange.value(rule, of: rule.measure), atEnd: atEnd)
          }
        }
      }
      try editor.set(path + [change.measure.rawValue], to: change.value, atEnd: atEnd)
    }
    return editor.text
  }

  /// The settings in `text` without reading sources.
  ///
  /// - Throws: `SettingsError`.
  package static func settings(in text: String, name: String, folder: URL) throws -> Settings {
    try parse(text, name: name, folder: folder, needsSources: false)
  }
}

extension Settings {
  /// The same settings with default rules.
  package var withoutRules: Settings {
    var settings = self
    settings.curate.keepIf = []
    for domain in Domain.allCases { settings.domains[domain]?.keepIf = [] }
    settings.notes = []
    return settings
  }
}
