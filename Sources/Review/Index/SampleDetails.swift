import Dataset
import Imaging
import Ledger

/// One sample as its own view shows it.
struct SampleDetails: Sendable, Encodable {
  /// A measure with the rules' limits.
  struct Measure: Sendable, Encodable {
    let name: String
    let meaning: String
    let value: Double
    let least: Double?
    let greatest: Double?
  }

  /// The image or video frame that it was cut from.
  struct Source: Sendable, Encodable {
    let path: String
    let kind: SourceKind
    let width: Int?
    let height: Int?
    let time: Double?
  }

  let item: Item
  let source: Source
  /// Whether a detector found the face; if not, `face` is only a place to begin with.
  let hasFace: Bool
  /// In source pixels.
  let face: Sample.Face
  /// The crop's corners in source pixels, from the top left clockwise.
  let frame: [Point]
  /// The crop's side in pixels; without a crop, the side that a new one would have.
  let size: Int
  let scale: Double?
  let mask: Sample.MaskSummary?
  /// What went wrong with the mask, in a sentence.
  let maskDetail: String?
  let measures: [Measure]
  /// The samples that show the same picture, the kept one first.
  let copies: [String]
  /// The samples before and after it in the order of files and times, itself included.
  let neighbours: [String]
  /// What a person changed about it.
  var edits = SampleEdits()

  init(
    _ item: Item, _ record: SampleRecord, rules: [CurateSettings.Rule], copies: [String],
    neighbours: [String],
    side: Int
  ) {
    (self.item, self.copies, self.neighbours) = (item, copies, neighbours)
    let image = record.image
    size = record.crop.size ?? side
    source = Source(
      path: image.path, kind: image.kind, width: image.width, height: image.height, time: image.time)
    (face, hasFace) = (record.crop.face, record.hasFace)
    scale = record.crop.cut?.scale
    // Pixel centres lie at whole numbers, so the crop's edges lie half a pixel outside them.
    let end = Double(size) - 0.5
    let corners = [(-0.5, -0.5), (end, -0.5), (end, end), (-0.5, end)].map { Point(x: $0, y: $1) }
    if let back = record.crop.cut?.matrix.inverse {
      frame = corners.map { back($0) }
    } else {
      // There is no crop yet: a square around the face to begin with.
      let (middle, half) = (face.box.center, max(face.box.width, face.box.height))
      frame = [(-half, -half), (half, -half), (half, half), (-half, half)].map {
        Point(x: middle.x + $0.0, y: middle.y + $0.1)
      }
    }
    mask = record.mask?.summary
    maskDetail = record.mask?.detail
    measures = MeasureName.allCases.compactMap { name in
      guard let value = record.value(of: name) else { return nil }
      let rule = rules.first { $0.measure == name }
      return Measure(
        name: name.rawValue, meaning: name.meaning, value: value, least: rule?.minimum,
        greatest: rule?.maximum
      )
    }
  }
}
