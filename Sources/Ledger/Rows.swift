public import Dataset
public import Imaging
public import Foundation
public import GRDB

/// The ledger's row for one source image: a file, or one frame of a video.
public struct ImageRow: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  /// The domain that it is a source of.
  public var domain: Domain
  /// Its identity.
  public var id: SourceID
  /// Which of the domain's sources it belongs to, from 0.
  public var source: Int
  /// What kind of source that is.
  public var kind: SourceKind
  /// The file, absolute.
  public var file: String
  /// The file as the manifest names it: relative to the source.
  public var path: String
  /// The SHA-256 of the file's bytes; empty if they could not be read.
  public var sha256: String
  /// Seconds from the start of a video; nil for an image file.
  public var time: Double?
  /// The number of cuts before the frame of a video; nil for an image file, and if it is not known.
  public var scene: Int?
  /// Width in pixels after orientation; nil if it could not be decoded.
  public var width: Int?
  /// Height in pixels after orientation; nil if it could not be decoded.
  public var height: Int?
  /// The hash of the whole picture, 32 hexadecimal digits; nil if it could not be decoded, and in older datasets.
  public var picture: String?
  /// The file's format; nil for a frame of a video, if it could not be decoded, and in older datasets.
  public var format: ImageFormat?
  /// The file's size in bytes; nil as `format`.
  public var bytes: Int?
  /// The number of channels: 1 for a picture that was saved in grey, 3, or 4 with alpha; nil as `picture`.
  public var channels: Int?
  /// The share of the picture that black bars cover, 0 to 1; nil as `picture`.
  public var bars: Double?
  /// The empty levels between two frequent ones, as a share of the frequent levels, 0 to 1; nil as `picture`.
  public var gaps: Double?
  /// Why it has no crop; nil if it has at least one.
  public var reason: Reason?
  /// One sentence about the reason.
  public var detail: String?
  /// The digest of the settings that it was worked on with.
  public var digest: String
  /// Whether it is still in the sources.
  public var present = true

  /// The size in pixels; nil if the image could not be decoded.
  public var size: PixelSize? {
    width.flatMap { width in height.map { PixelSize(width: width, height: $0) } }
  }

  /// The table.
  public static let databaseTableName = "image"

  /// An image of which only the source is known yet.
  public init(
    domain: Domain, id: SourceID, source: Int, kind: SourceKind, file: String, path: String,
    sha256: String, time: Double? = nil, digest: String
  ) {
    (self.domain, self.id, self.source, self.kind) = (domain, id, source, kind)
    (self.file, self.path, self.sha256, self.time) = (file, path, sha256, time)
    self.digest = digest
  }
}

/// The ledger's row for one face and its crop.
public struct CropRow: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  /// The sample's identity.
  public var id: String
  /// The domain of its image.
  public var domain: Domain
  /// The image that it was cut from.
  public var image: SourceID
  /// Which of the image's faces it is, from 0, in reading order.
  public var number: Int
  /// The face as it was found.
  public var face: Sample.Face
  /// How it was cut; nil if it was not.
  public var cut: Sample.Cut?
  /// The crop's side in pixels; nil if there is no crop.
  public var size: Int?
  /// Whether the crop's pixels carry the source's own alpha.
  public var hasAlpha = false
  /// Why there is no crop, such as `face-too-small`; nil if there is one.
  public var reason: Reason?
  /// One sentence about the reason.
  public var detail: String?
  /// The digest of the settings that it was cut with.
  public var digest: String

  /// The table.
  public static let databaseTableName = "crop"

  /// A face that was found in `image` and not cut yet.
  public init(
    id: String, domain: Domain, image: SourceID, number: Int, face: Sample.Face, digest: String
  ) {
    (self.id, self.domain, self.image, self.number) = (id, domain, image, number)
    (self.face, self.digest) = (face, digest)
  }
}

/// The detection result of one source image, recorded so that faces can be cut again without detecting them
/// again.
public struct DetectionRow<Found: Sendable & Codable>: Sendable, Codable, FetchableRecord, PersistableRecord {
  /// The domain of the image.
  public var domain: Domain
  /// The image.
  public var image: SourceID
  /// The digest of the detector and its settings.
  public var digest: String
  /// The detection result.
  public var found: Found

  /// The table.
  public static var databaseTableName: String { "detection" }

  /// A row with the detection result of `image`.
  public init(domain: Domain, image: SourceID, digest: String, found: Found) {
    (self.domain, self.image, self.digest, self.found) = (domain, image, digest, found)
  }
}

/// The ledger's row for one crop's mask.
public struct MaskRow: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  /// The sample's identity.
  public var id: String
  /// The method, the coverage and the flags.
  public var summary: Sample.MaskSummary
  /// Why there is no usable mask, such as `mask-empty`; nil if there is one.
  public var reason: Reason?
  /// One sentence about the reason.
  public var detail: String?
  /// The digest of the settings and of the crop that it was made with.
  public var digest: String

  /// The table.
  public static let databaseTableName = "mask"

  /// A mask from its fields.
  public init(id: String, summary: Sample.MaskSummary, digest: String) {
    (self.id, self.summary, self.digest) = (id, summary, digest)
  }
}

/// The ledger's row for one cutout's measures.
public struct MeasureRow: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  /// The sample's identity.
  public var id: String
  /// Measures by name.
  public var quality: MeasureValues
  /// The perceptual hash, 64 bits as 16 hexadecimal digits.
  public var hash: String
  /// The hash of the polar signature, 16 digits, then the hash of each view of the inner face, 32 digits each, with spaces
  /// between; nil if unknown.
  public var turned: String?
  /// The SHA-256 of the decoded pixels: equal for exact duplicates, also in files of other formats.
  public var pixels: String
  /// The digest of the measures' version and of the mask that they were taken from.
  public var digest: String
  /// The inner face at 32 x 32 pixels with light normalised, one signed byte for each; nil if unknown, and in
  /// `Ledger.measures`.
  public var half: Data?

  /// The table.
  public static let databaseTableName = "measure"

  /// Measures from all their fields.
  public init(
    id: String, quality: [String: Double], hash: String, turned: String? = nil, pixels: String, digest: String
  ) {
    (self.id, self.quality, self.hash, self.turned) = (id, MeasureValues(quality), hash, turned)
    (self.pixels, self.digest) = (pixels, digest)
  }
}

/// The similarity of two pictures that were compared pixel by pixel.
public struct ComparisonRow: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  /// The SHA-256 of one picture's pixels.
  public var first: String
  /// The same of the other one, with `@` and its EXIF orientation where it was turned.
  public var second: String
  /// The version of the comparison.
  public var version: Int
  /// The correlation of the whole pictures, -1 to 1.
  public var whole: Double
  /// The lowest correlation of a block, -1 to 1.
  public var worst: Double
  /// The correlation of their brightness, -1 to 1.
  public var light: Double
  /// How much more one feature differs than the rest; 0 for equal pictures.
  public var difference: Double
  /// The share of pixels that only the second clips, minus the share that only the first clips, -1 to 1.
  public var clipping: Double
  /// The natural logarithm of the size of the second's face divided by that of the first's, both in pixels of the crop.
  public var scale: Double

  /// The table.
  public static let databaseTableName = "comparison"

  /// A comparison from all its fields.
  public init(
    first: String, second: String, version: Int, whole: Double, worst: Double, light: Double,
    difference: Double, clipping: Double, scale: Double
  ) {
    (self.first, self.second, self.version) = (first, second, version)
    (self.whole, self.worst) = (whole, worst)
    (self.light, self.difference) = (light, difference)
    (self.clipping, self.scale) = (clipping, scale)
  }
}

/// The vector of a sample by which faces of one person or character are recognized: the embedding of a photographed face, or
/// the colors of an anime face.
public struct EmbeddingRow: Sendable, Equatable {
  /// The sample's identity.
  public var id: String
  /// The vector, or nil if there is none; an embedding has the norm 1.
  public var vector: [Float]?
  /// The digest of what it depends on: a version, the crop, and the mask of an anime face.
  public var digest: String

  /// An embedding from all its fields.
  public init(id: String, vector: [Float]?, digest: String) {
    (self.id, self.vector, self.digest) = (id, vector, digest)
  }
}

/// A decision about one sample; a user's decision overrides that of the rules.
public struct DecisionRow: Sendable, Equatable, Codable, FetchableRecord, PersistableRecord {
  /// The sample's identity.
  public var id: String
  /// Who decided.
  public var author: Sample.Decision.Author
  /// Whether the sample is kept in the dataset.
  public var keep: Bool
  /// Why it was rejected; nil if it was kept.
  public var reason: Reason?
  /// One sentence about the reason.
  public var detail: String?
  /// The identity of the kept sample that shows the same picture, or of the image with the same bytes; nil for other reasons.
  public var duplicateOf: String?
  /// The name of the person or character that it seems to show; only rows of the rules have one.
  public var character: String?

  /// The table.
  public static let databaseTableName = "decision"

  /// A decision from all its fields.
  public init(
    id: String, author: Sample.Decision.Author, keep: Bool, reason: Reason? = nil, detail: String? = nil,
    duplicateOf: String? = nil
  ) {
    (self.id, self.author, self.keep) = (id, author, keep)
    (self.reason, self.detail, self.duplicateOf) = (reason, detail, duplicateOf)
  }
}
