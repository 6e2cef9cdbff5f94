public import Dataset
import GRDB

/// A file's size and modification time, by which changes of the file are noticed.
public struct FileStamp: Sendable, Hashable {
  /// The absolute path.
  public var path: String
  /// The size in bytes.
  public var size: Int
  /// When it was last changed, in nanoseconds since 1970.
  public var modified: Int

  /// A stamp from its fields.
  public init(path: String, size: Int, modified: Int) {
    (self.path, self.size, self.modified) = (path, size, modified)
  }
}

/// The queries of the crop stage.
extension Ledger {
  /// The SHA-256 of a file with unchanged size and time; nil if it must be read again.
  ///
  /// - Throws: `LedgerError`.
  public func digest(of stamp: FileStamp) throws -> String? {
    try read {
      try String.fetchOne(
        $0, sql: "SELECT sha256 FROM file WHERE path = ? AND size = ? AND modified = ?",
        arguments: [stamp.path, stamp.size, stamp.modified])
    }
  }

  /// Records the SHA-256 of a file.
  ///
  /// - Throws: `LedgerError`.
  public func remember(_ sha256: String, of stamp: FileStamp) throws {
    try write {
      try $0.execute(
        sql: "INSERT OR REPLACE INTO file (path, size, modified, sha256) VALUES (?, ?, ?, ?)",
        arguments: [stamp.path, stamp.size, stamp.modified, sha256])
    }
  }

  /// The row of an image; nil if it was never processed.
  ///
  /// - Throws: `LedgerError`.
  public func image(_ id: SourceID, of domain: Domain) throws -> ImageRow? {
    try read {
      try ImageRow.fetchOne(
        $0, sql: "SELECT * FROM image WHERE domain = ? AND id = ?", arguments: [domain, id])
    }
  }

  /// All images of a domain that are in the sources, by source, path and time.
  ///
  /// - Throws: `LedgerError`.
  public func images(of domain: Domain) throws -> [ImageRow] {
    try read {
      try ImageRow.fetchAll(
        $0, sql: "SELECT * FROM image WHERE domain = ? AND present ORDER BY source, path, time, id",
        arguments: [domain])
    }
  }

  /// The images of a domain whose file has this SHA-256, such as all frames of a video, by time.
  ///
  /// - Throws: `LedgerError`.
  public func images(of domain: Domain, sha256: String) throws -> [ImageRow] {
    try read {
      try ImageRow.fetchAll(
        $0, sql: "SELECT * FROM image WHERE domain = ? AND sha256 = ? ORDER BY time, id",
        arguments: [domain, sha256])
    }
  }

  /// The faces of one image, by number.
  ///
  /// - Throws: `LedgerError`.
  public func crops(of image: SourceID, in domain: Domain) throws -> [CropRow] {
    try read {
      try CropRow.fetchAll(
        $0, sql: "SELECT * FROM crop WHERE domain = ? AND image = ? ORDER BY number",
        arguments: [domain, image])
    }
  }

  /// The crops of a domain that an older version cut and recorded without the face's extent.
  ///
  /// - Throws: `LedgerError`.
  public func cropsWithoutExtent(of domain: Domain) throws -> [CropRow] {
    try read {
      try CropRow.fetchAll(
        $0,
        sql: """
          SELECT * FROM crop WHERE domain = ? AND cut IS NOT NULL AND json_extract(face, '$.extent') IS NULL
          ORDER BY id
          """, arguments: [domain])
    }
  }

  /// What any detector found in an image; nil if there is no record, or one of another layout.
  ///
  /// - Throws: `LedgerError`.
  public func detection<Found>(
    of image: SourceID, in domain: Domain, as type: Found.Type
  ) throws -> DetectionRow<Found>? {
    try read { database in
      do {
        return try DetectionRow<Found>.fetchOne(
          database, sql: "SELECT * FROM detection WHERE domain = ? AND image = ?", arguments: [domain, image])
      } catch is DecodingError { return nil }
    }
  }

  /// The detection result of an image; nil if there is none with one of `digests`.
  ///
  /// - Throws: `LedgerError`.
  public func detection<Found>(
    of image: SourceID, in domain: Domain, digests: [String], as type: Found.Type = Found.self
  ) throws -> DetectionRow<Found>? {
    try read { database in
      // A record with another digest may have another layout, so the digest is compared first.
      let digest = try String.fetchOne(
        database, sql: "SELECT digest FROM detection WHERE domain = ? AND image = ?",
        arguments: [domain, image])
      guard let digest, digests.contains(digest) else { return nil }
      return try DetectionRow<Found>.fetchOne(
        database, sql: "SELECT * FROM detection WHERE domain = ? AND image = ?", arguments: [domain, image])
    }
  }

  /// Records the detection result of an image.
  ///
  /// - Throws: `LedgerError`.
  public func record<Found>(_ detection: DetectionRow<Found>) throws {
    try write { try detection.upsert($0) }
  }

  /// Records the current path of a known image, without changing its other fields.
  ///
  /// - Throws: `LedgerError`.
  public func touch(_ image: ImageRow) throws {
    try write {
      try $0.execute(
        sql: """
          UPDATE image SET source = ?, kind = ?, file = ?, path = ?, present = 1
          WHERE domain = ? AND id = ? AND NOT (present AND file = ? AND path = ? AND source = ?)
          """,
        arguments: [
          image.source, image.kind, image.file, image.path, image.domain, image.id, image.file,
          image.path, image.source,
        ])
    }
  }

  /// Records an image with all its faces; faces that are no longer found are removed.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ image: ImageRow, crops: [CropRow]) throws {
    try write { database in
      try image.upsert(database)
      let known = try String.fetchSet(
        database, sql: "SELECT id FROM crop WHERE domain = ? AND image = ?",
        arguments: [image.domain, image.id])
      for id in known.subtracting(crops.map(\.id)).sorted() {
        for table in ["crop", "mask", "measure"] {
          try database.execute(sql: "DELETE FROM \(table) WHERE id = ?", arguments: [id])
        }
      }
      for crop in crops { try crop.upsert(database) }
    }
  }

  /// Records that `file` has the same bytes as `image`.
  ///
  /// - Throws: `LedgerError`.
  public func record(copy file: String, path: String, of image: SourceID, in domain: Domain) throws {
    try write {
      try $0.execute(
        sql: "INSERT OR REPLACE INTO copy (domain, file, path, image) VALUES (?, ?, ?, ?)",
        arguments: [domain, file, path, image])
    }
  }

  /// Ends a complete pass over a domain's sources: images that the pass did not see are no longer part of the dataset.
  ///
  /// - Parameters:
  ///   - domain: The domain whose sources were processed.
  ///   - images: The images that were seen.
  ///   - copies: The files that were seen to be copies of them.
  /// - Throws: `LedgerError`.
  public func finishPass(of domain: Domain, images: Set<SourceID>, copies: Set<String>) throws {
    try write { database in
      let known = try SourceID.fetchAll(
        database, sql: "SELECT id FROM image WHERE domain = ? AND present", arguments: [domain])
      for id in known where !images.contains(id) {
        try database.execute(
          sql: "UPDATE image SET present = 0 WHERE domain = ? AND id = ?", arguments: [domain, id])
      }
      let files = try String.fetchAll(
        database, sql: "SELECT file FROM copy WHERE domain = ?", arguments: [domain])
      for file in files where !copies.contains(file) {
        try database.execute(
          sql: "DELETE FROM copy WHERE domain = ? AND file = ?", arguments: [domain, file])
      }
    }
  }

  /// The files of a domain with the same bytes as another file, by path.
  ///
  /// - Throws: `LedgerError`.
  public func copies(in domain: Domain) throws -> [(path: String, image: SourceID)] {
    try read {
      try Row.fetchAll(
        $0, sql: "SELECT path, image FROM copy WHERE domain = ? ORDER BY path, file", arguments: [domain]
      ).map { ($0["path"], $0["image"]) }
    }
  }

  /// The faces of a domain's present images, with or without a crop, by image and number.
  ///
  /// - Throws: `LedgerError`.
  public func crops(of domain: Domain) throws -> [CropRow] {
    try read {
      try CropRow.fetchAll(
        $0,
        sql: """
          SELECT crop.* FROM crop JOIN image ON image.domain = crop.domain AND image.id = crop.image
          WHERE crop.domain = ? AND image.present
          ORDER BY image.source, image.path, image.time, image.id, crop.number
          """, arguments: [domain])
    }
  }
}
