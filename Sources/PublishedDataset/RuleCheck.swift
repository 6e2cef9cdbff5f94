public import Dataset
package import Foundation

/// One rule of `keep-if:` applied to one sample.
public struct RuleCheck: Sendable, Hashable, Encodable {
  /// The measure.
  public let measure: MeasureName
  /// Its value.
  public let value: Double
  /// The smallest value that is kept.
  public let least: Double
  /// The largest value that is kept; nil for no limit.
  public let greatest: Double?
  /// Whether the sample meets the rule.
  public let holds: Bool

  /// The checks of all rules for which `value` gives a value; a rule says nothing about a sample without one.
  package static func all(
    _ rules: [CurateSettings.Rule], value: (MeasureName) -> Double?
  ) -> [RuleCheck] {
    rules.compactMap { rule in
      value(rule.measure).map {
        RuleCheck(
          measure: rule.measure, value: $0, least: rule.minimum, greatest: rule.maximum, holds: rule.keeps($0)
        )
      }
    }
  }

  /// What is kept, as words.
  package var limits: String {
    greatest.map { "\(NumberText.plain(least)) to \(NumberText.plain($0))" }
      ?? "at least \(NumberText.plain(least))"
  }
}

extension OutputFolder {
  /// The path of a file of the dataset relative to its folder, as the ledger records it.
  package func relativePath(of file: URL) -> String {
    let base = url.path + "/"
    return file.path.hasPrefix(base) ? String(file.path.dropFirst(base.count)) : file.path
  }
}
