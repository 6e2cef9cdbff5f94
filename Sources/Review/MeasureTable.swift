import Dataset

/// The measures of all samples, which the page sorts by and tries thresholds on.
struct MeasureTable: Sendable, Encodable {
  /// A measure with what the settings ask of it.
  struct Column: Sendable, Encodable {
    let name: String
    let meaning: String
    let least: Double?
    let greatest: Double?
  }

  let columns: [Column]
  /// The values by identity, in the order of the columns; null where a sample has none.
  let rows: [String: [Double?]]

  init(names: [String], rows: [String: [Double?]], rules: [Domain: [CurateSettings.Rule]]) {
    columns = names.map { name in
      // Where domains differ, the first one that has a rule stands for both.
      let rule = Domain.allCases.lazy.compactMap { rules[$0]?.first { $0.measure == name } }.first
      let meaning = CurateSettings.measures.first { $0.name == name }?.meaning ?? ""
      return Column(name: name, meaning: meaning, least: rule?.least, greatest: rule?.greatest)
    }
    self.rows = rows
  }
}
