public import Dataset
public import GRDB

/// A person's frame for one face of an image, kept apart from what the crop stage makes, so that every run honours it.
public struct UserCropRow: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  /// The sample's identity.
  public var id: String
  /// The domain of its image.
  public var domain: Domain
  /// The image that it is cut from.
  public var image: SourceID
  /// What the person chose.
  public var chosen: UserCrop
  /// The crop as the framing would have it, which comes back when the person takes their frame back.
  public var former: CropRow

  /// The table.
  public static let databaseTableName = "frame"

  /// A frame in place of the crop `former`.
  public init(_ chosen: UserCrop, inPlaceOf former: CropRow) {
    (id, domain, image) = (former.id, former.domain, former.image)
    (self.chosen, self.former) = (chosen, former)
  }
}

/// How people want faces to be cut.
extension Ledger {
  /// The frame that a person chose for a sample; nil where the framing has its way.
  ///
  /// - Throws: `LedgerError`.
  public func userCrop(of id: String) throws -> UserCropRow? {
    try read { try UserCropRow.fetchOne($0, sql: "SELECT * FROM frame WHERE id = ?", arguments: [id]) }
  }

  /// The frames that people chose for faces of one image, by sample.
  ///
  /// - Throws: `LedgerError`.
  public func userCrops(of image: SourceID, in domain: Domain) throws -> [UserCropRow] {
    try read {
      try UserCropRow.fetchAll(
        $0, sql: "SELECT * FROM frame WHERE domain = ? AND image = ? ORDER BY id", arguments: [domain, image])
    }
  }

  /// Records a person's frame.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ frame: UserCropRow) throws {
    try write { try frame.upsert($0) }
  }

  /// Takes a person's frame back.
  ///
  /// - Throws: `LedgerError`.
  public func withdrawUserCrop(of id: String) throws {
    try write { try $0.execute(sql: "DELETE FROM frame WHERE id = ?", arguments: [id]) }
  }

  /// Records one crop, leaving the others of its image as they are.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ crop: CropRow) throws {
    try write { try crop.upsert($0) }
  }
}
