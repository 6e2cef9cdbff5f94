public import Dataset
public import GRDB

/// A file of the published dataset.
public struct PublishedFile: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  /// The file, relative to the output.
  public var path: String
  /// The SHA-256 of its bytes.
  public var sha256: String
  /// The digest of the inputs of an image; nil for texts.
  public var madeOf: String?
  /// An image's size in bytes; nil for texts.
  public var size: Int?

  /// The table.
  public static let databaseTableName = "published"

  /// A file from its fields.
  public init(path: String, sha256: String, madeOf: String? = nil, size: Int? = nil) {
    (self.path, self.sha256, self.madeOf, self.size) = (path, sha256, madeOf, size)
  }
}

/// The inputs and outputs of the last complete curation.
public struct CurationRow: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  /// There is one.
  private var id = 1
  /// The digest of all that the dataset depends on.
  public var digest: String
  /// The digest of the names and sizes of all published files.
  public var files: String

  /// The table.
  public static let databaseTableName = "curation"

  /// A curation from its digests.
  public init(digest: String, files: String) { (self.digest, self.files) = (digest, files) }
}

/// The seed and number with which test samples were last selected.
struct SplitRow: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  private var id = 1
  let seed: Int
  let asked: Int

  static let databaseTableName = "split"

  init(seed: Int, asked: Int) { (self.seed, self.asked) = (seed, asked) }
}

/// The records of the curate stage about the last publication.
extension Ledger {
  /// The published files, by path.
  ///
  /// - Throws: `LedgerError`.
  public func published() throws -> [String: PublishedFile] {
    try read { database in
      try Dictionary(
        PublishedFile.fetchAll(database).map { ($0.path, $0) }, uniquingKeysWith: { $1 })
    }
  }

  /// Whether any file is published.
  ///
  /// - Throws: `LedgerError`.
  public func hasPublished() throws -> Bool {
    try read { try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM published)") ?? false }
  }

  /// The published files among `paths`, by path.
  ///
  /// - Throws: `LedgerError`.
  public func published(_ paths: [String]) throws -> [String: PublishedFile] {
    try read { database in
      let statement = try database.cachedStatement(
        sql: "SELECT path, sha256, madeOf, size FROM published WHERE path = ?")
      var found: [String: PublishedFile] = [:]
      for path in paths {
        guard let row = try Row.fetchOne(statement, arguments: [path]) else { continue }
        found[path] = PublishedFile(path: path, sha256: row[1], madeOf: row[2], size: row[3])
      }
      return found
    }
  }

  /// Calls `body` with each published file, sorted by path.
  ///
  /// - Throws: `LedgerError`, or the errors of `body`.
  public func eachPublished(_ body: (_ path: String, _ sha256: String) throws -> Void) throws {
    try read { database in
      let rows = try Row.fetchCursor(database, sql: "SELECT path, sha256 FROM published ORDER BY path")
      while let row = try rows.next() { try body(row[0], row[1]) }
    }
  }

  /// Records that Easel wrote some files, all or none.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ files: [PublishedFile]) throws {
    guard !files.isEmpty else { return }
    try write { database in for file in files { try file.upsert(database) } }
  }

  /// Records that Easel wrote a file.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ file: PublishedFile) throws {
    try write { try file.upsert($0) }
  }

  /// Removes the digests of images' inputs, so that they are written again; the files remain recorded.
  ///
  /// - Throws: `LedgerError`.
  public func forgetOrigin(ofPublished paths: [String]) throws {
    guard !paths.isEmpty else { return }
    try write { database in
      for path in paths {
        try database.execute(
          sql: "UPDATE published SET madeOf = NULL, size = NULL WHERE path = ?", arguments: [path])
      }
    }
  }

  /// Removes the records of published files.
  ///
  /// - Throws: `LedgerError`.
  public func forgetPublished(_ paths: [String]) throws {
    guard !paths.isEmpty else { return }
    try write { database in
      for path in paths {
        try database.execute(sql: "DELETE FROM published WHERE path = ?", arguments: [path])
      }
    }
  }

  /// The last complete curation; nil if there was none.
  ///
  /// - Throws: `LedgerError`.
  public func curation() throws -> CurationRow? {
    try read { try CurationRow.fetchOne($0, sql: "SELECT * FROM curation") }
  }

  /// Records a complete curation; nil while one is under way.
  ///
  /// - Throws: `LedgerError`.
  public func setCuration(_ curation: CurationRow?) throws {
    try write { database in
      try database.execute(sql: "DELETE FROM curation")
      try curation?.insert(database)
    }
  }

  /// Which samples were chosen for testing, with the seed and the number of samples a domain that were asked for; nil
  /// where none were chosen yet.
  ///
  /// - Throws: `LedgerError`.
  public func split() throws -> (seed: Int, asked: Int, test: [Domain: Set<String>])? {
    try read { database in
      guard let split = try SplitRow.fetchOne(database, sql: "SELECT * FROM split") else { return nil }
      var test: [Domain: Set<String>] = [:]
      for row in try Row.fetchAll(database, sql: "SELECT domain, id FROM testSample") {
        guard let domain = Domain(rawValue: row[0]) else { continue }
        test[domain, default: []].insert(row[1])
      }
      return (split.seed, split.asked, test)
    }
  }

  /// Records which samples are test samples.
  ///
  /// - Throws: `LedgerError`.
  public func setSplit(seed: Int, asked: Int, test: [Domain: Set<String>]) throws {
    try write { database in
      try SplitRow(seed: seed, asked: asked).upsert(database)
      try database.execute(sql: "DELETE FROM testSample")
      for (domain, ids) in test {
        for id in ids.sorted() {
          try database.execute(
            sql: "INSERT INTO testSample (domain, id) VALUES (?, ?)", arguments: [domain, id])
        }
      }
    }
  }
}
