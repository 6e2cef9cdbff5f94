import Dataset
import Foundation
import GRDB

/// The ledger's tables, one step a version; a step that has been released is never changed.
enum Schema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(
        sql: """
          CREATE TABLE file (
            path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL, sha256 TEXT NOT NULL
          ) STRICT;
          CREATE TABLE image (
            domain TEXT NOT NULL, id TEXT NOT NULL, source INTEGER NOT NULL, kind TEXT NOT NULL,
            file TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL, time REAL,
            width INTEGER, height INTEGER, reason TEXT, detail TEXT, digest TEXT NOT NULL,
            present INTEGER NOT NULL, PRIMARY KEY (domain, id)
          ) STRICT;
          CREATE INDEX imageByBytes ON image (domain, sha256);
          CREATE TABLE copy (
            domain TEXT NOT NULL, file TEXT NOT NULL, path TEXT NOT NULL, image TEXT NOT NULL,
            PRIMARY KEY (domain, file)
          ) STRICT;
          CREATE TABLE crop (
            id TEXT PRIMARY KEY, domain TEXT NOT NULL, image TEXT NOT NULL, number INTEGER NOT NULL,
            face TEXT NOT NULL, cut TEXT, size INTEGER, hasAlpha INTEGER NOT NULL, reason TEXT,
            detail TEXT, digest TEXT NOT NULL
          ) STRICT;
          CREATE INDEX cropByImage ON crop (domain, image);
          CREATE TABLE mask (
            id TEXT PRIMARY KEY, summary TEXT NOT NULL, reason TEXT, detail TEXT, digest TEXT NOT NULL
          ) STRICT;
          CREATE TABLE measure (
            id TEXT PRIMARY KEY, quality TEXT NOT NULL, hash TEXT NOT NULL, pixels TEXT NOT NULL,
            digest TEXT NOT NULL
          ) STRICT;
          CREATE TABLE decision (
            id TEXT NOT NULL, author TEXT NOT NULL, keep INTEGER NOT NULL, reason TEXT, detail TEXT,
            PRIMARY KEY (id, author)
          ) STRICT;
          CREATE TABLE published (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL) STRICT;
          CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
          """)
    }
    migrator.registerMigration("2") { database in
      try database.execute(
        sql: """
          ALTER TABLE measure ADD COLUMN turned TEXT;
          CREATE TABLE comparison (
            first TEXT NOT NULL, second TEXT NOT NULL, version INTEGER NOT NULL, whole REAL NOT NULL,
            blocks REAL NOT NULL, PRIMARY KEY (first, second)
          ) STRICT;
          CREATE TABLE embedding (id TEXT PRIMARY KEY, vector BLOB, digest TEXT NOT NULL) STRICT;
          """)
    }
    migrator.registerMigration("review") { database in
      try database.execute(
        sql: """
          CREATE TABLE frame (
            id TEXT PRIMARY KEY, domain TEXT NOT NULL, image TEXT NOT NULL, chosen TEXT NOT NULL,
            former TEXT NOT NULL
          ) STRICT;
          CREATE INDEX frameByImage ON frame (domain, image);
          CREATE TABLE pairing (
            first TEXT NOT NULL, second TEXT NOT NULL, same INTEGER NOT NULL, PRIMARY KEY (first, second)
          ) STRICT;
          """)
    }
    migrator.registerMigration("detections") { database in
      try database.execute(
        sql: """
          CREATE TABLE detection (
            domain TEXT NOT NULL, image TEXT NOT NULL, digest TEXT NOT NULL, found TEXT NOT NULL,
            PRIMARY KEY (domain, image)
          ) STRICT;
          """)
    }
    migrator.registerMigration("named landmarks", migrate: Self.nameLandmarks)
    migrator.registerMigration("kept copies") { database in
      // Decisions of older versions name the kept sample at the beginning of their sentence alone.
      try database.execute(
        sql: """
          ALTER TABLE decision ADD COLUMN duplicateOf TEXT;
          UPDATE decision SET duplicateOf = substr(detail, 21, 16)
            WHERE reason = 'duplicate-of' AND detail LIKE 'the same picture as ________________:%';
          """)
    }
    migrator.registerMigration("typed tables", migrate: Self.replaceFacts)
    migrator.registerMigration("video scenes") { database in
      try database.execute(sql: "ALTER TABLE image ADD COLUMN scene INTEGER")
    }
    migrator.registerMigration("fitted framing") { database in
      try database.execute(
        sql: """
          CREATE TABLE fittedFraming (
            "limit" REAL PRIMARY KEY, margins REAL NOT NULL, costs TEXT NOT NULL
          ) STRICT;
          """)
    }
    migrator.registerMigration("small faces") { database in
      try database.execute(sql: "ALTER TABLE measure ADD COLUMN half BLOB")
    }
    migrator.registerMigration("characters") { database in
      try database.execute(sql: "ALTER TABLE decision ADD COLUMN character TEXT")
    }
    migrator.registerMigration("light of copies") { database in
      // Comparisons of older versions are outdated anyway.
      try database.execute(
        sql: """
          DROP TABLE comparison;
          CREATE TABLE comparison (
            first TEXT NOT NULL, second TEXT NOT NULL, version INTEGER NOT NULL, whole REAL NOT NULL,
            worst REAL NOT NULL, light REAL NOT NULL, difference REAL NOT NULL, clipping REAL NOT NULL,
            scale REAL NOT NULL, PRIMARY KEY (first, second)
          ) STRICT;
          """)
    }
    migrator.registerMigration("whole pictures") { database in
      try database.execute(
        sql: """
          ALTER TABLE image ADD COLUMN picture TEXT;
          ALTER TABLE image ADD COLUMN format TEXT;
          ALTER TABLE image ADD COLUMN bytes INTEGER;
          ALTER TABLE image ADD COLUMN channels INTEGER;
          ALTER TABLE image ADD COLUMN bars REAL;
          ALTER TABLE image ADD COLUMN gaps REAL;
          """)
    }
    return migrator
  }

  /// Writes every face again: `Sample.Face` reads the lists of points that older versions wrote, and names them.
  private static func nameLandmarks(_ database: Database) throws {
    func rewrite<Value: Codable>(_ column: String, of table: String, as type: Value.Type) throws {
      let rows = try Row.fetchAll(
        database, sql: "SELECT id, \(column) FROM \(table) WHERE \(column) IS NOT NULL")
      let encoder = JSONEncoder.stable
      for row in rows {
        let (id, text): (String, String) = (row[0], row[1])
        let value = try JSONDecoder().decode(type, from: Data(text.utf8))
        try database.execute(
          sql: "UPDATE \(table) SET \(column) = ? WHERE id = ?",
          arguments: [String(decoding: encoder.encode(value), as: UTF8.self), id])
      }
    }
    try rewrite("face", of: "crop", as: Sample.Face.self)
    try rewrite("chosen", of: "frame", as: UserCrop.self)
    try rewrite("former", of: "frame", as: CropRow.self)
  }

  /// Moves the rows of the former table of names and values into typed tables.
  private static func replaceFacts(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE detector (
          domain TEXT PRIMARY KEY, settings TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL
        ) STRICT;
        CREATE TABLE video (
          domain TEXT NOT NULL, sha256 TEXT NOT NULL, every TEXT NOT NULL, step TEXT NOT NULL,
          digest TEXT NOT NULL, PRIMARY KEY (domain, sha256, every, step)
        ) STRICT;
        CREATE TABLE framing (
          moved TEXT PRIMARY KEY, zoom REAL NOT NULL, down REAL NOT NULL, right REAL NOT NULL,
          leader TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL
        ) STRICT;
        CREATE TABLE split (id INTEGER PRIMARY KEY CHECK (id = 1), seed INTEGER NOT NULL, asked INTEGER NOT NULL) STRICT;
        CREATE TABLE testSample (
          domain TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (domain, id)
        ) STRICT;
        CREATE TABLE curation (
          id INTEGER PRIMARY KEY CHECK (id = 1), digest TEXT NOT NULL, files TEXT NOT NULL
        ) STRICT;
        ALTER TABLE published ADD COLUMN madeOf TEXT;
        ALTER TABLE published ADD COLUMN size INTEGER;
        """)
    let facts = try Row.fetchAll(database, sql: "SELECT name, value FROM fact").map { row -> Fact in
      (row[0], row[1])
    }
    for fact in facts { try move(fact, in: database) }
    let values = Dictionary(facts, uniquingKeysWith: { $1 })
    if let digest = values["curate"], let files = values["curate files"] {
      try CurationRow(digest: digest, files: files).insert(database)
    }
    try database.execute(sql: "DROP TABLE fact")
  }

  private typealias Fact = (name: String, value: String)

  private static func move(_ fact: Fact, in database: Database) throws {
    let words = fact.name.split(separator: " ").map(String.init)
    let json = Data(fact.value.utf8)
    switch words.first {
    case "detector" where words.count == 2:
      let lines = fact.value.split(separator: "\n").map(String.init)
      guard lines.count == 3, let domain = Domain(rawValue: words[1]) else { return }
      try DetectorRow(domain: domain, settings: lines[0], name: lines[1], digest: lines[2]).insert(database)
    case "film" where words.count == 4, "look" where words.count == 5:
      let place = words.suffix(3).map { $0 }
      guard let domain = Domain(rawValue: place[0]) else { return }
      try VideoRow(
        domain: domain, sha256: place[1], every: place[2], step: words[0] == "film" ? .crop : .survey,
        digest: fact.value
      ).insert(database)
    case "framing":
      if let comparison = try? JSONDecoder().decode(FramingComparison.self, from: json) {
        try comparison.insert(database)
      }
    case "split":
      guard let split = try? JSONDecoder().decode(OldSplit.self, from: json) else { return }
      try SplitRow(seed: split.seed, asked: split.number ?? 0).insert(database)
      for (domain, ids) in split.test {
        for id in ids {
          try database.execute(
            sql: "INSERT INTO testSample (domain, id) VALUES (?, ?)", arguments: [domain, id])
        }
      }
    case "made" where words.count == 2:
      let values = fact.value.split(separator: " ").map(String.init)
      guard values.count == 3, let size = Int(values[2]) else { return }
      try database.execute(
        sql: "UPDATE published SET madeOf = ?, size = ? WHERE path = ? AND sha256 = ?",
        arguments: [values[0], size, words[1], values[1]])
    default: break
    }
  }

  /// A split as older versions wrote it.
  private struct OldSplit: Decodable {
    let seed: Int
    let number: Int?
    let test: [String: [String]]
  }
}
