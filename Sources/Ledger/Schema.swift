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
    return migrator
  }
}
