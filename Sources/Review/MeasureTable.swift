import Dataset

/// The measures of all samples, which the page sorts by and tries thresholds on.
struct MeasureTable: Sendable, Encodable {
  /// A measure with what the settings ask of it.
  struct Column: Sendable, Encodable {
    let name: String
    let meaning: String
    /// What each domain's rules ask; nothing where they ask nothing.
    let limits: [String: Limits]
  }

  /// A rule's thresholds; null where it has none.
  struct Limits: Sendable, Encodable {
    let least: Double?
    let greatest: Double?
  }

  let columns: [Column]
  /// The values by identity, in the order of the columns; null where a sample has none.
  let rows: [String: [Double?]]

  init(names: [MeasureName], rows: [String: [Double?]], rules: [Domain: [CurateSettings.Rule]]) {
    columns = names.map { name in
      let limits = rules.compactMapValues { $0.first { $0.measure == name } }
        .map { ($0.key.rawValue, Limits(least: $0.value.least, greatest: $0.value.greatest)) }
      return Column(
        name: name.rawValue, meaning: name.meaning, limits: Dictionary(uniqueKeysWithValues: limits))
    }
    self.rows = rows
  }
}
