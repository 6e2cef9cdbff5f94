public import Dataset
import Foundation
import GRDB
import Imaging

/// All rows of one sample as the ledger stores them; its JSON is decoded only when it is needed.
///
/// So reading can be in one thread and decoding in several.
public struct StoredSample: Sendable {
  /// The sample's identity.
  public let id: String
  /// Whether there is a mask.
  public let hasMask: Bool
  /// The image.
  public private(set) var image: ImageRow
  private let crop: [String?]
  private let number: Int
  private let size: Int?
  private let hasAlpha: Bool
  private let mask: [String?]
  private let measure: [String?]

  /// The columns of everything but the measures.
  fileprivate static let identifying = """
    crop.id, crop.domain, image.id, image.source, image.kind, image.file, image.path, image.sha256, image.time,
    image.scene, image.width, image.height, image.reason, image.detail, image.digest, image.present, crop.number,
    crop.size, crop.hasAlpha, crop.face, crop.cut, crop.reason, crop.detail, crop.digest, mask.summary, mask.reason,
    mask.detail, mask.digest
    """
  fileprivate static let columns =
    identifying
    + ", image.picture, image.format, image.bytes, image.bars, image.gaps, image.channels, measure.quality, measure.hash, measure.turned, measure.pixels, measure.digest"
  fileprivate static let tables = """
    crop CROSS JOIN image ON image.domain = crop.domain AND image.id = crop.image
    LEFT JOIN mask ON mask.id = crop.id LEFT JOIN measure ON measure.id = crop.id
    """

  fileprivate init?(_ row: Row) {
    guard let domain = Domain(rawValue: row[1]), let kind = SourceKind(rawValue: row[4]) else { return nil }
    id = row[0]
    image = ImageRow(
      domain: domain, id: SourceID(rawValue: row[2]), source: row[3], kind: kind, file: row[5], path: row[6],
      sha256: row[7], time: row[8], digest: row[14])
    (image.scene, image.width, image.height) = (row[9], row[10], row[11])
    (image.reason, image.detail) = ((row[12] as String?).map(Reason.init(rawValue:)), row[13])
    image.present = row[15]
    (number, size, hasAlpha) = (row[16], row[17], row[18])
    crop = (19..<24).map { row[$0] }
    mask = (24..<28).map { row[$0] }
    image.picture = row[28]
    image.format = (row[29] as String?).flatMap(ImageFormat.init(rawValue:))
    (image.bytes, image.bars, image.gaps) = (row[30], row[31], row[32])
    image.channels = row[33]
    measure = (34..<39).map { row[$0] }
    hasMask = mask[0] != nil
  }

  /// The digest of its crop.
  public var cropDigest: String { crop[4] ?? "" }
  /// The digest of its mask; nil if there is none.
  public var maskDigest: String? { hasMask ? mask[3] : nil }

  /// The rows.
  ///
  /// - Throws: `LedgerError.damagedRow` if a row was changed by another program.
  public func decoded() throws -> (image: ImageRow, crop: CropRow, mask: MaskRow?, measures: MeasureRow?) {
    guard (0..<1_000_000).contains(number), image.time?.isFinite ?? true else {
      throw LedgerError.damagedRow(of: image.path, sample: id, reason: "a number is not possible")
    }
    do { return try rows() } catch let error as DecodingError {
      throw LedgerError.damagedRow(of: image.path, sample: id, reason: Self.problem(error))
    }
  }

  /// What is wrong with a value.
  private static func problem(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "the field \(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "a value cannot be read"
        : "\(context.codingPath.map(\.stringValue).joined(separator: ".")) cannot be used"
    @unknown default: "a value cannot be read"
    }
  }

  private func rows() throws -> (image: ImageRow, crop: CropRow, mask: MaskRow?, measures: MeasureRow?) {
    let decoder = JSONDecoder()
    func value<Value: Decodable>(_ text: String?, as type: Value.Type = Value.self) throws -> Value? {
      try text.map { try decoder.decode(type, from: Data($0.utf8)) }
    }
    guard let face = try value(crop[0], as: Sample.Face.self) else {
      throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "a crop has no face"))
    }
    var cropRow = CropRow(
      id: id, domain: image.domain, image: image.id, number: number, face: face, digest: crop[4] ?? "")
    cropRow.cut = try value(crop[1])
    (cropRow.size, cropRow.hasAlpha) = (size, hasAlpha)
    (cropRow.reason, cropRow.detail) = (crop[2].map(Reason.init(rawValue:)), crop[3])
    var maskRow: MaskRow?
    if let summary = try value(mask[0], as: Sample.MaskSummary.self) {
      maskRow = MaskRow(id: id, summary: summary, digest: mask[3] ?? "")
      maskRow?.reason = mask[1].map(Reason.init(rawValue:))
      maskRow?.detail = mask[2]
    }
    var measureRow: MeasureRow?
    if let quality = try value(measure[0], as: MeasureValues.self) {
      measureRow = MeasureRow(
        id: id, quality: [:], hash: measure[1] ?? "", turned: measure[2], pixels: measure[3] ?? "",
        digest: measure[4] ?? "")
      measureRow?.quality = quality
    }
    return (image, cropRow, maskRow, measureRow)
  }
}

/// Reading many samples in pieces.
extension Ledger {
  /// The number of samples that have a crop.
  ///
  /// - Throws: `LedgerError`.
  public func sampleCount(of domain: Domain) throws -> Int {
    try read {
      try Int.fetchOne(
        $0,
        sql: """
          SELECT COUNT(*) FROM crop JOIN image ON image.domain = crop.domain AND image.id = crop.image
          WHERE crop.domain = ? AND image.present AND crop.cut IS NOT NULL AND crop.reason IS NULL
          """, arguments: [domain]) ?? 0
    }
  }

  /// Reads the next samples of a domain that have a crop.
  ///
  /// - Parameters:
  ///   - domain: The domain.
  ///   - id: Only samples after this one; an empty text for the first ones.
  ///   - limit: The largest number of samples.
  /// - Returns: The samples, by identity.
  /// - Throws: `LedgerError`.
  public func samples(of domain: Domain, after id: String, limit: Int) throws -> [StoredSample] {
    try read { database in
      // The plus keeps SQLite from using the index of domains and sorting all rows.
      let rows = try Row.fetchCursor(
        database.cachedStatement(
          sql: """
            SELECT \(StoredSample.columns) FROM \(StoredSample.tables)
            WHERE crop.id > ? AND +crop.domain = ? AND image.present AND crop.cut IS NOT NULL AND crop.reason IS NULL
            ORDER BY crop.id LIMIT ?
            """), arguments: [id, domain, limit])
      var found: [StoredSample] = []
      while let row = try rows.next() { if let sample = StoredSample(row) { found.append(sample) } }
      return found
    }
  }

  /// The samples with these identities, in their order; unknown ones are absent.
  ///
  /// - Throws: `LedgerError`.
  public func samples(_ ids: [String]) throws -> [StoredSample] {
    try read { database in
      let statement = try database.cachedStatement(
        sql: "SELECT \(StoredSample.columns) FROM \(StoredSample.tables) WHERE crop.id = ?")
      return try ids.compactMap { try Row.fetchOne(statement, arguments: [$0]).flatMap(StoredSample.init) }
    }
  }

  /// The images of a domain in which no face was found, by source, path and time.
  ///
  /// - Throws: `LedgerError`.
  public func imagesWithoutFaces(of domain: Domain) throws -> [ImageRow] {
    try read {
      try ImageRow.fetchAll(
        $0,
        sql: """
          SELECT * FROM image WHERE domain = ? AND present AND NOT EXISTS
            (SELECT 1 FROM crop WHERE crop.domain = image.domain AND crop.image = image.id)
          ORDER BY source, path, time, id
          """, arguments: [domain])
    }
  }

  /// The faces of a domain without a crop, with their images, by image and number.
  ///
  /// - Throws: `LedgerError`.
  public func uncutFaces(of domain: Domain) throws -> [(image: ImageRow, crop: CropRow)] {
    try read { database in
      let crops = try CropRow.fetchAll(
        database,
        sql: """
          SELECT crop.* FROM crop JOIN image ON image.domain = crop.domain AND image.id = crop.image
          WHERE crop.domain = ? AND image.present AND (crop.cut IS NULL OR crop.reason IS NOT NULL)
          ORDER BY image.source, image.path, image.time, image.id, crop.number
          """, arguments: [domain])
      let statement = try database.cachedStatement(sql: "SELECT * FROM image WHERE domain = ? AND id = ?")
      return try crops.compactMap { crop in
        try ImageRow.fetchOne(statement, arguments: [domain, crop.image]).map { ($0, crop) }
      }
    }
  }

  /// The file of an image that is in the sources; nil if there is none.
  ///
  /// - Throws: `LedgerError`.
  public func file(ofImageAt path: String, sha256: String, in domain: Domain) throws -> String? {
    try read {
      try String.fetchOne(
        $0,
        sql: """
          SELECT file FROM image WHERE domain = ? AND sha256 = ? AND path = ? AND present
          ORDER BY source DESC, time DESC, id DESC LIMIT 1
          """, arguments: [domain, sha256, path])
    }
  }

  /// Calls `body` with the text of everything that a domain's samples depend on, without their measures, by identity.
  ///
  /// - Parameters:
  ///   - domain: The domain.
  ///   - body: Gets the columns' bytes, with the kind of source and its file.
  /// - Throws: `LedgerError`, or the errors of `body`.
  public func eachSampleText(
    of domain: Domain, _ body: (_ text: String, _ kind: SourceKind?, _ image: () -> ImageRow?) throws -> Void
  ) throws {
    try read { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT \(StoredSample.identifying)
          FROM crop CROSS JOIN image ON image.domain = crop.domain AND image.id = crop.image
          LEFT JOIN mask ON mask.id = crop.id
          WHERE +crop.domain = ? AND image.present AND crop.cut IS NOT NULL AND crop.reason IS NULL
          ORDER BY crop.id
          """, arguments: [domain])
      while let row = try rows.next() {
        var text = ""
        for value in row.databaseValues {
          // Separators that no text of the ledger contains keep columns apart.
          text += value.isNull ? "\u{1}" : String.fromDatabaseValue(value) ?? "\(value.storage.value ?? "")"
          text += "\u{0}"
        }
        try body(text, SourceKind(rawValue: row[4])) {
          try? ImageRow.fetchOne(
            database, sql: "SELECT * FROM image WHERE domain = ? AND id = ?",
            arguments: [domain, row[2] as String])
        }
      }
    }
  }
}
