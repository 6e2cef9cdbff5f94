import Dataset
import Foundation
import GRDB

/// The pixels of a tile with the version of the picture that it was made from.
struct Tile: Sendable {
  let version: String
  /// RGB, `TileSheet.side` pixels wide and high.
  let pixels: [UInt8]
}

/// Tiles on disk, so that they are made once; rows of a database, because 100,000 small files would be slow.
///
/// Errors such as a full disk are ignored, because tiles can be made again.
struct TileStore: Sendable {
  private let database: (any DatabaseWriter)?

  /// The tiles of the dataset in `output`; if its folder cannot be written, those of a temporary database.
  init(_ output: OutputFolder) {
    let file = output.store.appendingPathComponent("thumbnails/tiles.sqlite")
    database = Self.open(file, in: output) ?? (try? Self.prepared(DatabaseQueue(path: "")))
  }

  private static func open(_ file: URL, in output: OutputFolder) -> (any DatabaseWriter)? {
    guard file.isInside(output.url) else { return nil }
    try? AtomicFile.makeFolder(file.deletingLastPathComponent())
    var configuration = Configuration()
    configuration.busyMode = .timeout(2)
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
    func pool() throws -> DatabasePool { try DatabasePool(path: file.path, configuration: configuration) }
    do { return try prepared(pool()) } catch let error as DatabaseError {
      guard [.SQLITE_NOTADB, .SQLITE_CORRUPT].contains(error.resultCode) else { return nil }
      // A damaged cache is replaced.
      for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + ending) }
      return try? prepared(pool())
    } catch { return nil }
  }

  private static func prepared<Writer: DatabaseWriter>(_ database: Writer) throws -> Writer {
    try database.write { database in
      try database.execute(
        sql: """
          CREATE TABLE IF NOT EXISTS tile (
            id TEXT PRIMARY KEY, version TEXT NOT NULL, pixels BLOB NOT NULL) STRICT
          """)
    }
    return database
  }

  /// The versions of the stored tiles by sample.
  func versions() -> [String: String] {
    let sql = "SELECT id, version FROM tile WHERE length(pixels) = \(TileSheet.bytes)"
    let found: [(String, String)]? = try? database?.read { database in
      try Row.fetchAll(database, sql: sql).map { ($0["id"], $0["version"]) }
    }
    return Dictionary(found ?? [], uniquingKeysWith: { $1 })
  }

  /// The stored tiles of these samples; samples without one are absent.
  func tiles(of ids: some Sequence<String>) -> [String: Tile] {
    let found = try? database?.read { database in
      let statement = try database.cachedStatement(sql: "SELECT version, pixels FROM tile WHERE id = ?")
      var tiles: [String: Tile] = [:]
      for id in ids {
        guard let row = try Row.fetchOne(statement, arguments: [id]) else { continue }
        let tile = Tile(version: row["version"], pixels: Array(row["pixels"] as Data))
        if tile.pixels.count == TileSheet.bytes { tiles[id] = tile }
      }
      return tiles
    }
    return found ?? [:]
  }

  /// Saves tiles in place of older ones.
  func keep(_ tiles: [String: Tile]) {
    guard !tiles.isEmpty else { return }
    try? database?.write { database in
      let statement = try database.cachedStatement(sql: "INSERT OR REPLACE INTO tile VALUES (?, ?, ?)")
      for (id, tile) in tiles {
        try statement.execute(arguments: [id, tile.version, Data(tile.pixels)])
      }
    }
  }
}
