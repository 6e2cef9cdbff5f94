public import Dataset
public import GRDB

/// A person's frame for one face of an image, kept apart from what the crop stage makes, so that every run honours it.
public struct FrameRow: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  /// The sample's identity.
  public var id: String
  /// The domain of its image.
  public var domain: Domain
  /// The image that it is cut from.
  public var image: SourceID
  /// What the person chose.
  public var chosen: ChosenFrame
  /// The crop as the framing would have it, which comes back when the person takes their frame back.
  public var former: CropRow

  /// The table.
  public static let databaseTableName = "frame"

  /// A frame in place of the crop `former`.
  public init(_ chosen: ChosenFrame, inPlaceOf former: CropRow) {
    (id, domain, image) = (former.id, former.domain, former.image)
    (self.chosen, self.former) = (chosen, former)
  }
}

/// How people want faces to be cut.
extension Ledger {
  /// The frame that a person chose for a sample; nil where the framing has its way.
  ///
  /// - Throws: `LedgerError`.
  public func frame(of id: String) throws -> FrameRow? {
    try read { try FrameRow.fetchOne($0, sql: "SELECT * FROM frame WHERE id = ?", arguments: [id]) }
  }

  /// The frames that people chose for faces of one image, by sample.
  ///
  /// - Throws: `LedgerError`.
  public func frames(of image: SourceID, in domain: Domain) throws -> [FrameRow] {
    try read {
      try FrameRow.fetchAll(
        $0, sql: "SELECT * FROM frame WHERE domain = ? AND image = ? ORDER BY id", arguments: [domain, image])
    }
  }

  /// Records a person's frame.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ frame: FrameRow) throws {
    try write { try frame.upsert($0) }
  }

  /// Takes a person's frame back.
  ///
  /// - Throws: `LedgerError`.
  public func withdrawFrame(of id: String) throws {
    try write { try $0.execute(sql: "DELETE FROM frame WHERE id = ?", arguments: [id]) }
  }

  /// Records one crop, leaving the others of its image as they are.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ crop: CropRow) throws {
    try write { try crop.upsert($0) }
  }
}
