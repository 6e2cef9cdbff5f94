public import Dataset
public import GRDB

/// A user's crop for one face of an image, recorded separately from the crop stage's crops, so that every run
/// applies it.
public struct UserCropRow: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  /// The sample's identity.
  public var id: String
  /// The domain of its image.
  public var domain: Domain
  /// The image that it is cut from.
  public var image: SourceID
  /// The user's crop.
  public var chosen: UserCrop
  /// The framing's crop, which is restored when the user's crop is removed.
  public var former: CropRow

  /// The table.
  public static let databaseTableName = "frame"

  /// A user's crop that replaces the crop `former`.
  public init(_ chosen: UserCrop, inPlaceOf former: CropRow) {
    (id, domain, image) = (former.id, former.domain, former.image)
    (self.chosen, self.former) = (chosen, former)
  }
}

/// The crops that users placed.
extension Ledger {
  /// The user's crop of a sample; nil if there is none.
  ///
  /// - Throws: `LedgerError`.
  public func userCrop(of id: String) throws -> UserCropRow? {
    try read { try UserCropRow.fetchOne($0, sql: "SELECT * FROM frame WHERE id = ?", arguments: [id]) }
  }

  /// The user's crops for faces of one image, by sample.
  ///
  /// - Throws: `LedgerError`.
  public func userCrops(of image: SourceID, in domain: Domain) throws -> [UserCropRow] {
    try read {
      try UserCropRow.fetchAll(
        $0, sql: "SELECT * FROM frame WHERE domain = ? AND image = ? ORDER BY id", arguments: [domain, image])
    }
  }

  /// Records a user's crop.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ frame: UserCropRow) throws {
    try write { try frame.upsert($0) }
  }

  /// Removes a user's crop.
  ///
  /// - Throws: `LedgerError`.
  public func withdrawUserCrop(of id: String) throws {
    try write { try $0.execute(sql: "DELETE FROM frame WHERE id = ?", arguments: [id]) }
  }

  /// Records one crop, without changing the others of its image.
  ///
  /// - Throws: `LedgerError`.
  public func record(_ crop: CropRow) throws {
    try write { try crop.upsert($0) }
  }
}
