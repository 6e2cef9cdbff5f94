public import Dataset
import Foundation
import GRDB

/// One sample as a list of thousands shows it.
public struct SampleLine: Sendable, Equatable {
  /// The sample's identity.
  public var id: String
  /// The domain of its image.
  public var domain: Domain
  /// The image that it was cut from.
  public var image: SourceID
  /// The file as the manifest names it.
  public var path: String
  /// Seconds from the start of a video; nil for an image file.
  public var time: Double?
  /// Which of the image's faces it is, from 0.
  public var number: Int
  /// The digest of the settings that it was cut with.
  public var cropDigest: String
  /// The digest that its mask was made with; nil if there is none.
  public var maskDigest: String?
  /// The method that made the mask; nil if there is none.
  public var maskMethod: String?
  /// What looks wrong about the mask.
  public var flags: [String]
  /// How urgently the mask should be checked, `Sample.MaskSummary.checkPriority`.
  public var checkPriority: Double
  /// The perceptual hash; nil if nothing was measured.
  public var hash: String?
  /// The requested measures, in order; nil if the sample has none.
  public var values: [Double?]
}

/// A detected face without a crop, or an image without a detected face, which the user may want to restore.
public struct UncutLine: Sendable, Equatable {
  /// The identity of the sample that would come of it.
  public var id: String
  /// The domain of its image.
  public var domain: Domain
  /// The image.
  public var image: SourceID
  /// The file as the manifest names it.
  public var path: String
  /// Seconds from the start of a video; nil for an image file.
  public var time: Double?
  /// Which of the image's faces it is, from 0.
  public var number: Int
  /// Why there is no crop.
  public var reason: Reason
  /// One sentence about the reason.
  public var detail: String?
}

/// The queries of the review: short lines of all samples, and all details of one sample.
extension Ledger {
  /// The samples that have a crop, by domain, source, path, time and number.
  ///
  /// The database takes the numbers out of its JSON columns itself: decoding each row in full takes ten times as long.
  ///
  /// - Parameter names: The measures for `SampleLine.values`.
  /// - Returns: One line a sample.
  /// - Throws: `LedgerError`.
  public func sampleLines(measuring names: [MeasureName]) throws -> [SampleLine] {
    let columns = names.map { ", \(Self.column(of: $0))" }.joined()
    let sql = """
      SELECT crop.id, crop.domain, crop.image, image.path, image.time, crop.number, crop.digest, mask.digest,
        json_extract(mask.summary, '$.method'), json_extract(mask.summary, '$.flags'),
        json_extract(mask.summary, '$.lint'), measure.hash\(columns)
      FROM crop JOIN image ON image.domain = crop.domain AND image.id = crop.image
      LEFT JOIN mask ON mask.id = crop.id LEFT JOIN measure ON measure.id = crop.id
      WHERE image.present AND crop.cut IS NOT NULL AND crop.reason IS NULL
      ORDER BY crop.domain, image.source, image.path, image.time, image.id, crop.number
      """
    return try read { database in
      var lines: [SampleLine] = []
      let rows = try Row.fetchCursor(database, sql: sql)
      while let row = try rows.next() {
        guard let domain = Domain(rawValue: row[1]) else { continue }
        let flags = (row[9] as String?).map(Self.codes) ?? []
        let lint = (row[10] as String?).flatMap {
          try? JSONDecoder().decode([String: Double].self, from: Data($0.utf8))
        }
        let mask = Sample.MaskSummary(method: row[8] ?? "", coverage: 0, flags: flags, lint: lint)
        lines.append(
          SampleLine(
            id: row[0], domain: domain, image: SourceID(rawValue: row[2]), path: row[3], time: row[4],
            number: row[5], cropDigest: row[6], maskDigest: row[7], maskMethod: row[8],
            flags: flags, checkPriority: mask.checkPriority, hash: row[11],
            values: names.indices.map { row[12 + $0] }))
      }
      return lines
    }
  }

  /// The faces that were found and not cut, and the images in which none was found, by domain, source, path and time.
  ///
  /// - Returns: One line a face, or an image; an image that could not be decoded is none.
  /// - Throws: `LedgerError`.
  public func uncutLines() throws -> [UncutLine] {
    let sql = """
      SELECT image.domain, image.id, image.path, image.time, crop.id, crop.number,
        COALESCE(crop.reason, image.reason), COALESCE(crop.detail, image.detail)
      FROM image LEFT JOIN crop ON crop.domain = image.domain AND crop.image = image.id
      WHERE image.present AND image.width IS NOT NULL AND (crop.id IS NULL OR crop.cut IS NULL)
      ORDER BY image.domain, image.source, image.path, image.time, image.id, crop.number
      """
    return try read { database in
      try Row.fetchAll(database, sql: sql).compactMap { row in
        guard let domain = Domain(rawValue: row[0]) else { return nil }
        let image = SourceID(rawValue: row[1])
        let (id, number, reason): (String?, Int?, String?) = (row[4], row[5], row[6])
        return UncutLine(
          id: id ?? image.sampleID(domain: domain, face: 0), domain: domain, image: image, path: row[2],
          time: row[3], number: number ?? 0, reason: reason.map(Reason.init(rawValue:)) ?? .noFace,
          detail: row[7])
      }
    }
  }

  /// All details of one sample; nil if it does not exist.
  ///
  /// - Throws: `LedgerError`.
  public func sample(
    _ id: String
  ) throws -> (image: ImageRow, crop: CropRow, mask: MaskRow?, measures: MeasureRow?)? {
    try read { database in
      guard
        let crop = try CropRow.fetchOne(database, sql: "SELECT * FROM crop WHERE id = ?", arguments: [id]),
        let image = try ImageRow.fetchOne(
          database, sql: "SELECT * FROM image WHERE domain = ? AND id = ?",
          arguments: [crop.domain, crop.image])
      else { return nil }
      return (
        image, crop, try MaskRow.fetchOne(database, sql: "SELECT * FROM mask WHERE id = ?", arguments: [id]),
        try MeasureRow.fetchOne(database, sql: "SELECT * FROM measure WHERE id = ?", arguments: [id])
      )
    }
  }

  /// The SQL expression of a measure's value: the same as `MeasureName.value`.
  private static func column(of measure: MeasureName) -> String {
    let measured = "json_extract(measure.quality, '$.\"\(measure.rawValue)\"')"
    if let flag = measure.maskFlag { return "json_extract(mask.summary, '$.lint.\"\(flag)\"')" }
    return switch measure {
    case .roll: "json_extract(crop.face, '$.roll')"
    case .coverage:
      "CASE WHEN json_extract(mask.summary, '$.method') <> 'none' THEN json_extract(mask.summary, '$.coverage') END"
    case .score: "COALESCE(\(measured), json_extract(crop.face, '$.score'))"
    case .outside: "COALESCE(\(measured), json_extract(crop.cut, '$.outside'))"
    case .nativeFace:
      "COALESCE(\(measured), MIN(json_extract(crop.face, '$.box[2]'), json_extract(crop.face, '$.box[3]')))"
    default: measured
    }
  }

  /// The codes in a JSON list of them.
  private static func codes(_ list: String) -> [String] {
    list == "[]" ? [] : (try? JSONDecoder().decode([String].self, from: Data(list.utf8))) ?? []
  }
}
