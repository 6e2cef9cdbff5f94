import Dataset
import Imaging
import Ledger
import PublishedDataset

extension CurationInput {
  /// A face with a crop: what the selection needs to know about it, in little memory.
  ///
  /// Its rows are read from the ledger again when its line of the manifest is written.
  struct Candidate: Sendable {
    /// The sample's ID.
    let id: String
    /// The number of its source.
    let source: Int
    /// The path relative to the source.
    let path: String
    /// The file.
    let file: String
    /// The number of the face in its image.
    let number: Int
    /// The image, and the file that it is in.
    let image: Key
    let video: Key
    /// Seconds from the start of the video; nil for an image file.
    let time: Double?
    /// The number of the video's scene; nil if unknown.
    let scene: Int?
    /// The size of the image in pixels; nil if unknown.
    let size: PixelSize?
    /// The hash of the whole image; nil if unknown.
    let picture: LumaHash?
    /// The file's format and its size in bytes; nil for a frame of a video, and if unknown.
    let format: ImageFormat?
    let bytes: Int?
    /// The number of the image's channels; nil if unknown.
    let channels: Int?
    /// The share of the image that black bars cover, 0 to 1.
    let bars: Double
    /// The empty levels between two frequent ones, as a share of the frequent levels; nil if unknown.
    let gaps: Double?
    /// Whether it is a photo of a face with five known landmarks.
    let canEmbed: Bool
    /// The method of the mask; nil if there is none.
    let maskMethod: String?
    /// The number of possible faults of the mask; nil if there is none.
    let maskFlags: Int?
    /// Why the mask cannot be used; nil if it can.
    let maskReason: Reason?
    let maskDetail: String?
    /// Crop pixels per source pixel; nil if the crop was not cut from a source.
    let scale: Double?
    /// Whether it was measured.
    let isMeasured: Bool
    /// Its perceptual hash; nil if it was not measured.
    let hash: PerceptualHash?
    /// The fingerprint for the search of duplicates; nil if it was not measured.
    let fingerprint: ImageFingerprint?
    private let values: MeasureValues
    // An array instead of an optional: a decision is large, and nearly all candidates have none.
    private let failures: [Sample.Decision]

    /// The rejection if its pixels could not be read; nil if they could.
    var failure: Sample.Decision? { failures.first }

    /// The value of a measure; nil if this sample has none.
    func value(of measure: MeasureName) -> Double? { values[measure] }

    /// The name for users: the file's path, with the time of a video frame.
    var name: String { Sample.Source(path: path, sha256: "", time: time).name }

    /// A candidate from its rows.
    ///
    /// The failure is the rejection if its pixels could not be read; then its measures are ignored.
    init(
      image: ImageRow, crop: CropRow, mask: MaskRow?, measures known: MeasureRow? = nil,
      failure: Sample.Decision? = nil
    ) {
      let measures = failure == nil ? known : nil
      (id, number) = (crop.id, crop.number)
      (source, path, file, time, scene) = (image.source, image.path, image.file, image.time, image.scene)
      (self.image, video) = (Key(image.id.rawValue), Key(image.sha256))
      size = image.size
      picture = image.picture.flatMap { LumaHash($0) }
      channels = image.channels
      (format, bytes, bars, gaps) = (image.format, image.bytes, image.bars ?? 0, image.gaps)
      canEmbed = [.photos, .celebamaskHQ].contains(image.kind) && crop.face.landmarks.five != nil
      (maskMethod, maskFlags) = (mask?.summary.method, mask?.summary.flags.count)
      (maskReason, maskDetail) = (mask?.reason, mask?.detail)
      scale = crop.cut?.scale
      isMeasured = measures != nil
      hash = measures.flatMap { PerceptualHash($0.hash) }
      fingerprint = measures.flatMap { ImageFingerprint($0, aspect: crop.cut?.aspect ?? 1) }
      var values: [String: Double] = [:]
      for measure in MeasureName.allCases {
        values[measure.rawValue] = measure.value(
          quality: measures?.quality, face: crop.face, cut: crop.cut, mask: mask?.summary)
      }
      self.values = MeasureValues(values)
      failures = failure.map { [$0] } ?? []
    }

    /// Whether it comes before another one: by source, path, time and number, as the ledger orders them.
    func isBefore(_ other: Candidate) -> Bool {
      if source != other.source { return source < other.source }
      if path != other.path { return path.utf8.lexicographicallyPrecedes(other.path.utf8) }
      if time != other.time { return (time ?? -.infinity) < (other.time ?? -.infinity) }
      if image != other.image { return image < other.image }
      return number < other.number
    }
  }

  /// The first 128 bits of a text's SHA-256, which stand for a long identity.
  struct Key: Sendable, Hashable, Comparable {
    private let high: UInt64
    private let low: UInt64

    init(_ text: String) {
      // Most identities are digests already.
      let digits = text.utf8.count == 64 ? text : Digest(of: text).hex
      high = UInt64(digits.prefix(16), radix: 16) ?? 0
      low = UInt64(digits.dropFirst(16).prefix(16), radix: 16) ?? 0
    }

    static func < (left: Key, right: Key) -> Bool { (left.high, left.low) < (right.high, right.low) }
  }
}

extension ImageFingerprint {
  /// The fingerprint of measured pixels; nil if their hashes are of another version.
  fileprivate init?(_ measures: MeasureRow, aspect: Double) {
    let words = (measures.turned ?? "").split(separator: " ")
    let faces = words.dropFirst().compactMap { LumaHash($0) }
    guard faces.count == FaceHashes.views.count else { return nil }
    self.init(face: FaceHashes(all: faces), pixels: measures.pixels)
    polar = words.first.flatMap { PerceptualHash(String($0)) }
    self.aspect = aspect
  }
}
