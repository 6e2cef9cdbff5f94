public import Dataset
public import Foundation
import GRDB

/// Joins the ledgers of shards, whose images are different parts of the same sources, into one new ledger.
///
/// Rows go from file to file inside SQLite, so memory does not grow with their number. An image that several shards have,
/// because files with the same bytes are in several of them, belongs to the one whose file comes first in the sources, as in
/// a run without shards; the other files are recorded as its copies.
public struct LedgerGather {
  /// The result of joining.
  public struct Result: Sendable, Equatable {
    /// The number of images.
    public var images = 0
    /// The number of faces.
    public var crops = 0
    /// Shards whose detector for a domain differs from that of most shards, by domain.
    public var otherDetectors: [Domain: [Int]] = [:]
  }

  /// The ledgers, in the order of the shards' numbers.
  private let shards: [URL]
  /// The ledger of the output so far; nil if there is none yet.
  private let earlier: URL?
  /// Samples whose crop or mask the user changed; they are kept as in `earlier`.
  private let edited: [String]

  /// A gather of `shards`.
  ///
  /// - Parameters:
  ///   - shards: The shards' ledgers, in the order of their numbers.
  ///   - earlier: The output's ledger, whose decisions, frames and published files are kept; nil if there is none yet.
  ///   - edited: The samples whose mask the user changed.
  public init(_ shards: [URL], continuing earlier: URL?, edited: [String]) {
    (self.shards, self.earlier, self.edited) = (shards, earlier, edited)
  }

  /// Writes the joined ledger to `url`; an existing file is replaced.
  ///
  /// - Parameters:
  ///   - url: The new ledger, which is not the output's own yet.
  ///   - framing: How crops were moved; nil if no framing is matched.
  ///   - fit: How `framing: fit` was solved; nil if no domain has it.
  ///   - place: Is called with each sample that has a crop and the number of its shard, in the order of the shards.
  /// - Returns: What was joined.
  /// - Throws: `LedgerError`, or what `place` throws.
  public func write(
    to url: URL, framing: FramingComparison?, fit: FittedFraming?,
    place: (_ sample: String, _ shard: Int) throws -> Void
  ) throws -> Result {
    for suffix in ["", "-journal", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: url.path + suffix)
    }
    // Opening a ledger of an older version migrates it.
    for shard in shards { _ = try Ledger(url: shard) }
    if let earlier { _ = try Ledger(url: earlier) }
    do {
      var configuration = Configuration()
      configuration.prepareDatabase { database in
        // The file is of no use until it is complete, so it needs neither journal nor flushes.
        try database.execute(
          sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144")
      }
      let queue = try DatabaseQueue(path: url.path, configuration: configuration)
      try Schema.migrator.migrate(queue)
      let result = try queue.writeWithoutTransaction { database in
        try fill(database, framing: framing, fit: fit, place: place)
      }
      try queue.close()
      return result
    } catch let error as DatabaseError {
      throw LedgerError(error, path: url.path)
    }
  }

  private func fill(
    _ database: Database, framing: FramingComparison?, fit: FittedFraming?,
    place: (String, Int) throws -> Void
  ) throws -> Result {
    try database.execute(
      sql: """
        CREATE TEMP TABLE found (
          domain TEXT NOT NULL, image TEXT NOT NULL, shard INTEGER NOT NULL, PRIMARY KEY (domain, image, shard)
        ) WITHOUT ROWID;
        CREATE TEMP TABLE owner (
          domain TEXT NOT NULL, image TEXT NOT NULL, shard INTEGER NOT NULL, PRIMARY KEY (domain, image)
        ) WITHOUT ROWID;
        CREATE TEMP TABLE edited (id TEXT PRIMARY KEY) WITHOUT ROWID;
        """)
    try keepEarlier(in: database)
    try eachShard(database) { number in
      try database.execute(
        sql: "INSERT INTO found SELECT domain, id, ? FROM shard.image WHERE present ORDER BY domain, id",
        arguments: [number])
    }
    try database.execute(
      sql: "INSERT INTO owner SELECT domain, image, MIN(shard) FROM found GROUP BY domain, image")
    let copies = try resolveCopies(database)
    try eachShard(database) { number in
      try database.execute(literal: Self.rows(of: number))
      try Task.checkCancellation()
    }
    for copy in copies {
      try database.execute(
        sql: "INSERT OR REPLACE INTO copy (domain, file, path, image) VALUES (?, ?, ?, ?)",
        arguments: [copy.domain, copy.file, copy.path, copy.image])
    }
    try database.execute(
      sql: """
        DELETE FROM measure WHERE id NOT IN (SELECT id FROM crop);
        DELETE FROM embedding WHERE id NOT IN (SELECT id FROM crop);
        """)
    try framing?.insert(database)
    try fit?.insert(database)
    let samples = try Row.fetchCursor(
      database,
      sql: """
        SELECT crop.id, owner.shard FROM crop JOIN owner ON owner.domain = crop.domain AND owner.image = crop.image
        WHERE crop.cut IS NOT NULL AND crop.reason IS NULL AND crop.id NOT IN (SELECT id FROM edited)
        """)
    while let row = try samples.next() { try place(row[0], row[1]) }
    var result = Result()
    result.images = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM image") ?? 0
    result.crops = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM crop") ?? 0
    result.otherDetectors = try otherDetectors(database)
    return result
  }

  /// The data that is only in the output's own ledger: user decisions and published files.
  private func keepEarlier(in database: Database) throws {
    for id in edited {
      try database.execute(sql: "INSERT OR IGNORE INTO edited (id) VALUES (?)", arguments: [id])
    }
    guard let earlier else { return }
    try database.execute(sql: "ATTACH DATABASE ? AS earlier", arguments: [earlier.path])
    for table in [
      "decision", "frame", "pairing", "published", "comparison", "embedding", "split", "testSample",
      "curation", "measure",
    ] {
      try database.execute(sql: "INSERT INTO \(table) SELECT * FROM earlier.\(table)")
    }
    try database.execute(
      sql: """
        INSERT OR IGNORE INTO edited SELECT id FROM earlier.frame;
        DELETE FROM edited WHERE id NOT IN (SELECT id FROM earlier.crop);
        INSERT INTO crop SELECT * FROM earlier.crop WHERE id IN (SELECT id FROM edited);
        INSERT INTO mask SELECT * FROM earlier.mask WHERE id IN (SELECT id FROM edited);
        """)
    try database.execute(sql: "DETACH DATABASE earlier")
  }

  private func eachShard(_ database: Database, _ body: (Int) throws -> Void) throws {
    for (number, url) in shards.enumerated() {
      try database.execute(sql: "ATTACH DATABASE ? AS shard", arguments: [url.path])
      try body(number)
      try database.execute(sql: "DETACH DATABASE shard")
    }
  }

  /// The rows of the attached shard that belong to images that it owns.
  private static func rows(of number: Int) -> SQL {
    """
    BEGIN;
    INSERT INTO image SELECT image.* FROM shard.image AS image
      JOIN owner ON owner.domain = image.domain AND owner.image = image.id
      WHERE owner.shard = \(number) AND image.present ORDER BY image.domain, image.id;
    INSERT INTO crop SELECT crop.* FROM shard.crop AS crop
      JOIN owner ON owner.domain = crop.domain AND owner.image = crop.image
      WHERE owner.shard = \(number) AND crop.id NOT IN (SELECT id FROM edited) ORDER BY crop.id;
    INSERT INTO mask SELECT mask.* FROM shard.mask AS mask
      JOIN shard.crop AS crop ON crop.id = mask.id
      JOIN owner ON owner.domain = crop.domain AND owner.image = crop.image
      WHERE owner.shard = \(number) AND mask.id NOT IN (SELECT id FROM edited) ORDER BY mask.id;
    INSERT OR REPLACE INTO measure SELECT measure.* FROM shard.measure AS measure
      JOIN shard.crop AS crop ON crop.id = measure.id
      JOIN owner ON owner.domain = crop.domain AND owner.image = crop.image
      WHERE owner.shard = \(number) AND measure.id NOT IN (SELECT id FROM edited) ORDER BY measure.id;
    INSERT OR REPLACE INTO embedding SELECT embedding.* FROM shard.embedding AS embedding
      JOIN shard.crop AS crop ON crop.id = embedding.id
      JOIN owner ON owner.domain = crop.domain AND owner.image = crop.image
      WHERE owner.shard = \(number) AND embedding.id NOT IN (SELECT id FROM edited) ORDER BY embedding.id;
    INSERT OR REPLACE INTO detection SELECT detection.* FROM shard.detection AS detection
      JOIN owner ON owner.domain = detection.domain AND owner.image = detection.image
      WHERE owner.shard = \(number) ORDER BY detection.domain, detection.image;
    INSERT OR REPLACE INTO copy SELECT * FROM shard.copy;
    INSERT OR REPLACE INTO file SELECT * FROM shard.file;
    INSERT OR REPLACE INTO video SELECT * FROM shard.video;
    INSERT OR REPLACE INTO detector SELECT * FROM shard.detector;
    COMMIT;
    """
  }

  /// A file with the bytes of another shard's file.
  private struct Copy {
    let domain: Domain
    let image: SourceID
    let source: Int
    let path: String
    let file: String
    let time: Double
    let shard: Int
  }

  /// Decides which shard owns each image that several have; returns the others' files, in the order of the sources.
  private func resolveCopies(_ database: Database) throws -> [Copy] {
    try database.execute(
      sql: """
        CREATE TEMP TABLE shared AS SELECT domain, image FROM found GROUP BY domain, image HAVING COUNT(*) > 1
        """)
    var found: [Copy] = []
    try eachShard(database) { number in
      let rows = try ImageRow.fetchAll(
        database,
        sql: """
          SELECT image.* FROM shared JOIN shard.image AS image
            ON image.domain = shared.domain AND image.id = shared.image WHERE image.present
          """)
      found += rows.map {
        Copy(
          domain: $0.domain, image: $0.id, source: $0.source, path: $0.path, file: $0.file,
          time: $0.time ?? 0, shard: number)
      }
    }
    // In Swift, as the sources are sorted: SQLite orders some names otherwise.
    found.sort { ($0.source, $0.path, $0.file, $0.time) < ($1.source, $1.path, $1.file, $1.time) }
    var owned: [String: Copy] = [:]
    var copies: [Copy] = []
    for row in found {
      let key = "\(row.domain.rawValue) \(row.image.rawValue)"
      guard owned[key] == nil else {
        copies.append(row)
        continue
      }
      owned[key] = row
      try database.execute(
        sql: "UPDATE owner SET shard = ? WHERE domain = ? AND image = ?",
        arguments: [row.shard, row.domain, row.image])
    }
    return copies
  }

  /// The shards that did not use the detector of most shards.
  private func otherDetectors(_ database: Database) throws -> [Domain: [Int]] {
    var used: [Domain: [Int: DetectorRow]] = [:]
    try eachShard(database) { number in
      for row in try DetectorRow.fetchAll(database, sql: "SELECT * FROM shard.detector") {
        used[row.domain, default: [:]][number] = row
      }
    }
    return used.mapValues { rows in
      let counts = Dictionary(grouping: rows.values, by: \.digest).mapValues(\.count)
      let usual = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
      return rows.filter { $0.value.digest != usual }.map(\.key).sorted()
    }.filter { !$0.value.isEmpty }
  }
}
