import Dataset
import Ledger

extension Selection {
  /// The rules' decisions as rows of the ledger.
  var decisionRows: some Sequence<DecisionRow> {
    let keeps = kept.lazy.map { sample in
      var row = DecisionRow(id: sample.id, author: .rule, keep: true)
      row.character = sample.character
      return row
    }
    let rejects = rejected.lazy.map { sample in
      var row = sample.row
      row.character = sample.character
      return row
    }
    return [AnySequence(keeps), AnySequence(rejects)].lazy.joined()
  }
}

extension Selection.Rejected {
  /// The decision as a row of the ledger, without the character, whose name does not change a decision.
  var row: DecisionRow {
    DecisionRow(
      id: id, author: .rule, keep: false, reason: decision.why, detail: decision.detail,
      duplicateOf: decision.duplicateOf)
  }
}
