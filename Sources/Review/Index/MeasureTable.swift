import Dataset

/// The measures of all samples, for sorting and for trying limits.
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
    let minimum: Double?
    let maximum: Double?

    private enum CodingKeys: String, CodingKey {
      case minimum = "least"
      case maximum = "greatest"
    }
  }

  let columns: [Column]
  /// The values by ID, in the order of the columns; null if a sample has none.
  let rows: [String: [Double?]]

  init(names: [MeasureName], rows: [String: [Double?]], rules: [Domain: [CurateSettings.Rule]]) {
    columns = names.map { name in
      let limits = rules.compactMapValues { $0.first { $0.measure == name } }
        .map { ($0.key.rawValue, Limits(minimum: $0.value.least, maximum: $0.value.greatest)) }
      return Column(
        name: name.rawValue, meaning: name.meaning, limits: Dictionary(uniqueKeysWithValues: limits))
    }
    self.rows = rows
  }
}
