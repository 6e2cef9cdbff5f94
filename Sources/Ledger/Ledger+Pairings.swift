public import GRDB

/// A user's decision whether two samples show the same picture.
public struct Pairing: Sendable, Hashable, Codable, FetchableRecord, PersistableRecord {
  /// The sample whose identity comes first in the alphabet.
  public let first: String
  /// The other one.
  public let second: String
  /// Whether they show the same picture.
  public var same: Bool

  /// The table.
  public static let databaseTableName = "pairing"

  /// A decision about two samples, in any order.
  public init(_ one: String, _ other: String, same: Bool) {
    (first, second, self.same) = (min(one, other), max(one, other), same)
  }
}

/// User decisions about duplicates, which override those from hashes and pixels.
extension Ledger {
  /// All of them, by the samples' identities.
  ///
  /// - Throws: `LedgerError`.
  public func pairings() throws -> [Pairing] {
    try read { try Pairing.fetchAll($0, sql: "SELECT * FROM pairing ORDER BY first, second") }
  }

  /// Records decisions and withdraws others, all or none.
  ///
  /// - Parameters:
  ///   - pairings: The decisions.
  ///   - withdrawn: The pairs about which there is no decision any more.
  /// - Throws: `LedgerError`.
  public func record(_ pairings: [Pairing], withdrawing withdrawn: [Pairing]) throws {
    try write { database in
      for pairing in withdrawn { _ = try pairing.delete(database) }
      for pairing in pairings { try pairing.upsert(database) }
    }
  }
}
