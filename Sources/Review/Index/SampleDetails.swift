import Dataset
import Imaging
import Ledger

/// The details of a sample in the close view.
struct SampleDetails: Sendable, Encodable {
  /// A measure with the rules' limits.
  struct Measure: Sendable, Encodable {
    let name: String
    let meaning: String
    let value: Double
    let minimum: Double?
    let maximum: Double?

    private enum CodingKeys: String, CodingKey {
      case name, meaning, value
      case minimum = "least"
      case maximum = "greatest"
    }
  }

  /// The image or video frame of the crop.
  struct Source: Sendable, Encodable {
    let path: String
    let kind: SourceKind
    let width: Int?
    let height: Int?
    let time: Double?
  }

  /// A sample from a frame of a video.
  struct VideoFrame: Sendable, Encodable {
    let id: String
    /// Seconds from the start of the video.
    let time: Double
  }

  let item: Item
  let source: Source
  /// Whether a detector found the face; if not, `face` is only a start for a frame.
  let hasFace: Bool
  /// The face's box in source pixels.
  let face: Sample.Face
  /// The crop's corners in source pixels, from the top left clockwise.
  let frame: [Point]
  /// The crop's side in pixels; without a crop, the side that a new one would have.
  let size: Int
  let scale: Double?
  let mask: Sample.MaskSummary?
  /// The reason why it has no mask, as a sentence.
  let maskDetail: String?
  let measures: [Measure]
  /// Its duplicates, the kept one first.
  let copies: [String]
  /// The samples before and after it in the order of files and times, itself included.
  let neighbours: [String]
  /// The samples of the same video in the order of their times; empty for an image file.
  let frames: [VideoFrame]
  /// The user's edits.
  var edits = SampleEdits()

  init(
    _ item: Item, _ record: SampleRecord, rules: [CurateSettings.Rule], copies: [String],
    neighbours: [String], frames: [VideoFrame],
    side: Int
  ) {
    (self.item, self.copies, self.neighbours, self.frames) = (item, copies, neighbours, frames)
    let image = record.image
    size = record.crop.size ?? side
    source = Source(
      path: image.path, kind: image.kind, width: image.width, height: image.height, time: image.time)
    (face, hasFace) = (record.crop.face, record.hasFace)
    scale = record.crop.cut?.scale
    // Pixel centres are at integers, so the crop's edges are half a pixel outside them.
    let end = Double(size) - 0.5
    let corners = [(-0.5, -0.5), (end, -0.5), (end, end), (-0.5, end)].map { Point(x: $0, y: $1) }
    if let back = record.crop.cut?.matrix.inverse {
      frame = corners.map { back($0) }
    } else {
      // Without a crop, a square around the face is the initial frame.
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
        name: name.rawValue, meaning: name.meaning, value: value, minimum: rule?.minimum,
        maximum: rule?.maximum
      )
    }
  }
}
