import Dataset
import GRDB

/// The queries of the mask stage, the curate stage and the review.
extension Ledger {
  /// The masks by sample identity.
  ///
  /// - Throws: `LedgerError`.
  public func masks() throws -> [String: MaskRow] {
    try read { database in
      try Dictionary(MaskRow.fetchAll(database).map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    }
  }

  /// The measures by sample identity, without `half`.
  ///
  /// - Throws: `LedgerError`.
  public func measures() throws -> [String: MeasureRow] {
    try read { database in
      let rows = try MeasureRow.fetchCursor(
        database, sql: "SELECT id, quality, hash, turned, pixels, digest FROM measure")
      var measures: [String: MeasureRow] = [:]
      while let row = try rows.next() { measures[row.id] = row }
      return measures
    }
  }

  /// The user decisions by sample identity.
  ///
  /// - Throws: `LedgerError`.
  public func personDecisions() throws -> [String: DecisionRow] { try decisions(by: .person) }

  /// The decisions of the rules, as the last curation took them, by sample identity.
  ///
  /// - Throws: `LedgerError`.
  public func ruleDecisions() throws -> [String: DecisionRow] { try decisions(by: .rule) }

  /// The images whose file or path is `name`, or whose path ends in it, and those of the sample called `name`, whether
  /// the sources still hold them or not.
  ///
  /// - Throws: `LedgerError`.
  public func images(called name: String) throws -> [ImageRow] {
    try read { database in
      let images = try ImageRow.fetchAll(
        database,
        sql: """
          SELECT * FROM image WHERE file = :name OR path = :name OR substr(path, -length(:end)) = :end
            OR (domain, id) IN (SELECT domain, image FROM crop WHERE id = :name)
            OR (domain, id) IN (SELECT domain, image FROM copy WHERE file = :name OR path = :name)
          ORDER BY domain, source, path, time, id
          """, arguments: ["name": name, "end": "/\(name)"])
      return images
    }
  }

  private func decisions(by author: Sample.Decision.Author) throws -> [String: DecisionRow] {
    try read { database in
      // By position: decoding by name takes most of the time that the review's first screen has.
      let rows = try Row.fetchCursor(
        database,
        sql: "SELECT id, keep, reason, detail, duplicateOf, character FROM decision WHERE author = ?",
        arguments: [author])
      var decisions: [String: DecisionRow] = [:]
      while let row = try rows.next() {
        let reason: String? = row[2]
        var decision = DecisionRow(
          id: row[0], author: author, keep: row[1], reason: reason.map(Reason.init(rawValue:)),
          detail: row[3], duplicateOf: row[4])
        decision.character = row[5]
        decisions[decision.id] = decision
      }
      return decisions
    }
  }

  /// Records a mask.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ mask: MaskRow) throws {
    try write { try mask.upsert($0) }
  }

  /// Records measures.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ measures: MeasureRow) throws {
    try write { try measures.upsert($0) }
  }

  /// Records a user's decision.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ decision: DecisionRow) throws {
    try write { try decision.upsert($0) }
  }

  /// Records some user decisions and removes others, all or none.
  ///
  /// - Parameters:
  ///   - decisions: The user decisions.
  ///   - withdrawn: The samples about which nobody has decided any more.
  /// - Throws: `LedgerError`.
  public func record(_ decisions: [DecisionRow], withdrawingPersonDecisionsAbout withdrawn: [String]) throws {
    try write { database in
      for decision in decisions { try decision.upsert(database) }
      for id in withdrawn {
        try database.execute(
          sql: "DELETE FROM decision WHERE id = ? AND author = 'person'", arguments: [id])
      }
    }
  }

  /// Replaces all decisions of the rules; of several about one sample, the first counts.
  ///
  /// - Throws: `LedgerError`.
  public func replaceRuleDecisions(with decisions: some Sequence<DecisionRow>) throws {
    try write { database in
      try database.execute(sql: "DELETE FROM decision WHERE author = 'rule'")
      let statement = try database.cachedStatement(
        sql: """
          INSERT OR IGNORE INTO decision (id, author, keep, reason, detail, duplicateOf, character)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """)
      for decision in decisions {
        try statement.execute(arguments: [
          decision.id, decision.author, decision.keep, decision.reason, decision.detail, decision.duplicateOf,
          decision.character,
        ])
      }
    }
  }

  /// The rules' decisions about some samples, by identity, without the characters.
  ///
  /// - Throws: `LedgerError`.
  public func ruleDecisions(of ids: [String]) throws -> [String: DecisionRow] {
    try read { database in
      let statement = try database.cachedStatement(
        sql: "SELECT id, keep, reason, detail, duplicateOf FROM decision WHERE author = 'rule' AND id = ?")
      var decisions: [String: DecisionRow] = [:]
      for id in ids {
        guard let row = try Row.fetchOne(statement, arguments: [id]) else { continue }
        let reason: String? = row[2]
        decisions[id] = DecisionRow(
          id: id, author: .rule, keep: row[1], reason: reason.map(Reason.init(rawValue:)), detail: row[3],
          duplicateOf: row[4])
      }
      return decisions
    }
  }
}
