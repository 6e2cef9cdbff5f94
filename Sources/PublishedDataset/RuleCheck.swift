public import Dataset
package import Foundation

/// The result of one `keep-if` rule for one sample.
public struct RuleCheck: Sendable, Hashable, Encodable {
  /// The measure.
  public let measure: MeasureName
  /// The sample's value.
  public let value: Double
  /// The minimum value that is kept.
  public let minimum: Double
  /// The maximum value that is kept; nil for no limit.
  public let maximum: Double?
  /// Whether the sample meets the rule.
  public let holds: Bool

  private enum CodingKeys: String, CodingKey {
    case measure, value, holds
    case minimum = "least"
    case maximum = "greatest"
  }

  /// The checks of all rules for whose measure `value` returns a value; other rules are ignored.
  package static func all(
    _ rules: [CurateSettings.Rule], value: (MeasureName) -> Double?
  ) -> [RuleCheck] {
    rules.compactMap { rule in
      value(rule.measure).map {
        RuleCheck(
          measure: rule.measure, value: $0, minimum: rule.least, maximum: rule.greatest, holds: rule.keeps($0)
        )
      }
    }
  }

  /// The range that is kept, in words.
  package var limits: String {
    maximum.map { "\(NumberText.plain(minimum)) to \(NumberText.plain($0))" }
      ?? "at least \(NumberText.plain(minimum))"
  }
}

extension OutputFolder {
  /// The path of a file of the dataset relative to its folder, as the ledger records it.
  package func relativePath(of file: URL) -> String {
    let base = url.path + "/"
    return file.path.hasPrefix(base) ? String(file.path.dropFirst(base.count)) : file.path
  }
}
