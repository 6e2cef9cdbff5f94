import Dataset
import Imaging
import Ledger

/// All that the ledger knows about one sample.
struct SampleRecord: Sendable {
  let image: ImageRow
  let crop: CropRow
  let mask: MaskRow?
  let measures: MeasureRow?

  /// Whether a detector found the face, so that its box is where a face is.
  var hasFace: Bool { crop.face.detector != "person" }

  /// Reads them; nil if there is no such sample.
  ///
  /// - Throws: `LedgerError`.
  init?(_ id: String, in ledger: Ledger) throws {
    guard let found = try ledger.sample(id) else { return nil }
    (image, crop, mask, measures) = (found.image, found.crop, found.mask, found.measures)
  }

  /// An image in which no face was found: a person can begin with a frame in its middle.
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

  /// The value of a measure that rules can be about; nil if this sample has none.
  func value(of measure: String) -> Double? {
    switch measure {
    case "roll": crop.face.roll
    case "score": measures?.quality[measure] ?? crop.face.score
    case "outside": measures?.quality[measure] ?? crop.cut?.outside
    case "native-face": measures?.quality[measure] ?? min(crop.face.box.width, crop.face.box.height)
    default: measures?.quality[measure] ?? mask?.summary.value(of: measure)
    }
  }

  /// The name of a face in an image file or a video frame.
  static func name(_ path: String, time: Double?, face: Int) -> String {
    var name = path
    if let time {
      // Tenths of a second distinguish frames; people read minutes.
      let tenths = Int((time * 10).rounded())
      let (minutes, rest) = tenths.quotientAndRemainder(dividingBy: 600)
      name += " at \(minutes):\(rest < 100 ? "0" : "")\(rest / 10).\(rest % 10)"
    }
    return face == 0 ? name : "\(name), face \(face + 1)"
  }
}
