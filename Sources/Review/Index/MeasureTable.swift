import Dataset

/// The measures of all samples, by which the page sorts and tries limits.
struct MeasureTable: Sendable, Encodable {
  /// A measure with its limits in the settings.
  struct Column: Sendable, Encodable {
    let name: String
    let meaning: String
    /// Each domain's limits; a domain without a rule is absent.
    let limits: [String: Limits]
  }

  /// A rule's limits; null if there is none.
  struct Limits: Sendable, Encodable {
    let least: Double?
    let greatest: Double?
  }

  let columns: [Column]
  /// The values by identity, in the order of the columns; null if a sample has none.
  let rows: [String: [Double?]]

  init(names: [MeasureName], rows: [String: [Double?]], rules: [Domain: [CurateSettings.Rule]]) {
    columns = names.map { name in
      let limits = rules.compactMapValues { $0.first { $0.measure == name } }
        .map { ($0.key.rawValue, Limits(least: $0.value.minimum, greatest: $0.value.maximum)) }
      return Column(
        name: name.rawValue, meaning: name.meaning, limits: Dictionary(uniqueKeysWithValues: limits))
    }
    self.rows = rows
  }
}
