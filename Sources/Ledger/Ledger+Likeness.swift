public import Foundation
import GRDB

/// Comparisons of samples and face embeddings.
extension Ledger {
  /// The comparisons of these pairs that are known; nil if a pair was never compared by this version.
  ///
  /// - Throws: `LedgerError`.
  public func comparisons(of pairs: [(first: String, second: String)], version: Int) throws
    -> [ComparisonRow?]
  {
    try read { database in
      let statement = try database.cachedStatement(
        sql: "SELECT * FROM comparison WHERE first = ? AND second = ? AND version = ?")
      return try pairs.map { pair in
        try ComparisonRow.fetchOne(statement, arguments: [pair.first, pair.second, version])
      }
    }
  }

  /// Records comparisons, so that other rules need not compare again.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ comparisons: [ComparisonRow]) throws {
    guard !comparisons.isEmpty else { return }
    try write { database in for row in comparisons { try row.upsert(database) } }
  }

  /// The faces at half size (`MeasureRow.half`) of some samples; nil for unknown ones.
  ///
  /// - Throws: `LedgerError`.
  public func halves(of samples: [String]) throws -> [Data?] {
    try read { database in
      let statement = try database.cachedStatement(sql: "SELECT half FROM measure WHERE id = ?")
      return try samples.map { try Data.fetchOne(statement, arguments: [$0]) }
    }
  }

  /// The face embeddings by sample identity.
  ///
  /// - Throws: `LedgerError`.
  public func embeddings() throws -> [String: EmbeddingRow] {
    try read { database in
      let rows = try Row.fetchAll(database, sql: "SELECT id, vector, digest FROM embedding")
      let all = rows.compactMap { row -> EmbeddingRow? in
        let bytes: Data? = row["vector"]
        return Self.embedding(row["id"], bytes, row["digest"])
      }
      return Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    }
  }

  /// The face embeddings of some samples, with the digests of their crops and masks; nil for samples without one.
  ///
  /// - Throws: `LedgerError`.
  public func embeddings(
    of samples: [String]
  ) throws -> [(embedding: EmbeddingRow?, cropDigest: String, maskDigest: String)] {
    try read { database in
      let statement = try database.cachedStatement(
        sql: """
          SELECT embedding.vector, embedding.digest, crop.digest, mask.digest FROM crop
          LEFT JOIN embedding ON embedding.id = crop.id LEFT JOIN mask ON mask.id = crop.id WHERE crop.id = ?
          """)
      return try samples.map { id in
        guard let row = try Row.fetchOne(statement, arguments: [id]) else { return (nil, "", "") }
        let (bytes, digest): (Data?, String?) = (row[0], row[1])
        return (
          digest.flatMap { Self.embedding(id, bytes, $0) }, row[2] ?? "", row[3] ?? ""
        )
      }
    }
  }

  /// Records a face embedding.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ embedding: EmbeddingRow) throws {
    let bytes = embedding.vector.map { vector in vector.withUnsafeBytes { Data($0) } }
    try write { database in
      try database.execute(
        sql: "INSERT OR REPLACE INTO embedding (id, vector, digest) VALUES (?, ?, ?)",
        arguments: [embedding.id, bytes, embedding.digest])
    }
  }

  /// An embedding from its row; nil if another program damaged it, so that it is computed again.
  private static func embedding(_ id: String, _ bytes: Data?, _ digest: String) -> EmbeddingRow? {
    let vector = bytes.map(floats)
    guard vector?.allSatisfy(\.isFinite) ?? true else { return nil }
    return EmbeddingRow(id: id, vector: vector, digest: digest)
  }

  private static func floats(_ bytes: Data) -> [Float] {
    let size = MemoryLayout<Float>.size
    return [Float](unsafeUninitializedCapacity: bytes.count / size) { buffer, count in
      count = bytes.copyBytes(to: buffer) / size
    }
  }
}
