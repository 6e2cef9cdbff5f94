import Dataset
import Imaging
import Ledger

/// All that the ledger knows about one sample.
struct Facts: Sendable {
  let image: ImageRow
  let crop: CropRow
  let mask: MaskRow?
  let measures: MeasureRow?

  /// Reads them; nil for what is no sample.
  ///
  /// - Throws: `LedgerError`.
  init?(_ id: String, in ledger: Ledger) throws {
    guard let found = try ledger.sample(id) else { return nil }
    (image, crop, mask, measures) = (found.image, found.crop, found.mask, found.measures)
  }

  /// An image in which no face was found: in its middle a person may begin to look for one.
  init(faceless image: ImageRow, id: String) {
    self.image = image
    let (width, height) = (Double(image.width ?? 0), Double(image.height ?? 0))
    let side = min(width, height) / 2
    var crop = CropRow(
      id: id, domain: image.domain, image: image.id, number: 0,
      face: Sample.Face(
        detector: "person", score: 0,
        box: Box(x: (width - side) / 2, y: (height - side) / 2, width: side, height: side)),
      digest: image.digest)
    (crop.reason, crop.detail) = (image.reason ?? .noFace, image.detail)
    (self.crop, mask, measures) = (crop, nil, nil)
  }

  /// The value of a measure; nil if this sample has none.
  func value(of measure: MeasureName) -> Double? {
    measure.value(quality: measures?.quality, face: crop.face, cut: crop.cut, mask: mask?.summary)
  }

  /// What a person calls a face of a file or frame.
  static func name(_ path: String, time: Double?, face: Int) -> String {
    var name = path
    if let time { name += " at \(NumberText.time(time))" }
    return face == 0 ? name : "\(name), face \(face + 1)"
  }
}
