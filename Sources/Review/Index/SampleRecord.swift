import Dataset
import Imaging
import Ledger

/// The ledger's records of one sample.
struct SampleRecord: Sendable {
  let image: ImageRow
  let crop: CropRow
  let mask: MaskRow?
  let measures: MeasureRow?

  /// Whether a detector found the face.
  var hasFace: Bool { crop.face.detector != "person" }

  /// Reads the records; nil if there is no such sample.
  ///
  /// - Throws: `LedgerError`.
  init?(_ id: String, in ledger: Ledger) throws {
    guard let found = try ledger.sample(id) else { return nil }
    (image, crop, mask, measures) = (found.image, found.crop, found.mask, found.measures)
  }

  /// An image without a detected face; the initial frame is at its centre.
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

  /// The name of a face in an image file or a video frame.
  static func name(_ path: String, time: Double?, face: Int) -> String {
    var name = path
    if let time { name += " at \(NumberText.time(time))" }
    return face == 0 ? name : "\(name), face \(face + 1)"
  }
}
