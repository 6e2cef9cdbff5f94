public import Dataset
public import Foundation
public import Imaging
public import Vision

/// The input of a mask method: a crop, and what is known about it.
public struct MaskSubject: Sendable {
  /// Where a crop was cut from, for masks that are stored beside the source.
  public struct Origin: Sendable {
    /// The source image's file.
    public var file: URL
    /// What kind of source it is.
    public var kind: SourceKind
    /// The parts that form the foreground, for CelebAMask-HQ; empty for the default set.
    public var parts: [String]
    /// From source pixels to crop pixels.
    public var matrix: AffineMap
    /// The source's size in pixels.
    public var size: PixelSize

    /// An origin from all its fields.
    public init(file: URL, kind: SourceKind, parts: [String], matrix: AffineMap, size: PixelSize) {
      (self.file, self.kind, self.parts) = (file, kind, parts)
      (self.matrix, self.size) = (matrix, size)
    }
  }

  /// The crop, RGB.
  public var image: ImageBuffer
  /// The alpha of the source image, 0 to 1; nil if it has none.
  public var alpha: Plane?
  /// The face, in crop pixels; nil if unknown, and then a centred head is assumed.
  public var face: FaceGuide?
  /// How large the head is relative to the face; the default is unknown.
  public var shape = HeadShape.unknown
  /// Where the crop was cut from; nil for images of a plain folder.
  public var origin: Origin?
  /// Whether pixels outside the source are white padding, which is never foreground.
  public var ignoresOutside = false
  /// Painted labels, of the crop's size; nil if nothing was painted.
  public var strokes: BrushLayer?

  /// The crop `image`, whose alpha is separated from its colours.
  public init(_ image: ImageBuffer, face: FaceGuide? = nil, origin: Origin? = nil) {
    self.image = image.converted(to: .rgb)
    alpha = image.alpha.map { Plane($0) }
    (self.face, self.origin) = (face, origin)
  }

  /// The face, or that of a centred head if it is unknown.
  public var guide: FaceGuide { face ?? .framed(image.size) }
}

/// How precise a method's edges are, which decides how they are refined.
public enum MaskPrecision: Sendable {
  /// Alpha and colours are final.
  case exact
  /// The alpha is final; colours at soft pixels still contain the background.
  case soft
  /// A foreground probability of any size, to be refined.
  case coarse
}

/// A method that separates foreground and background.
///
/// One instance a worker.
public protocol MaskMethod {
  /// The name in settings and in the manifest.
  var name: String { get }
  /// How precise its edges are.
  var precision: MaskPrecision { get }
  /// The mask of `subject`; nil if the method does not apply to it.
  ///
  /// - Throws: `MaskError` and other failures of the item.
  func mask(of subject: MaskSubject) throws -> MaskPrediction?
}

/// A method's mask.
public struct MaskPrediction: Sendable, Equatable {
  /// The foreground probability or alpha of each pixel, 0 to 1.
  public var plane: Plane
  /// The share of pixels that a second method labels differently, 0 to 1; nil if no second method ran.
  public var disagreement: Double?

  /// A prediction from its parts.
  public init(_ plane: Plane, disagreement: Double? = nil) {
    (self.plane, self.disagreement) = (plane, disagreement)
  }
}

/// Why a crop has no mask.
public struct MaskError: ItemFailure, CustomStringConvertible, Equatable {
  /// The stable code.
  public var reason: Reason
  /// One sentence that says what to do.
  public var sentence: String
  /// Whether files beside the source are wrong, which can be repaired without changing a setting.
  public var isOfFiles: Bool

  /// A failure from its code and sentence.
  public init(_ reason: Reason, _ sentence: String, isOfFiles: Bool = false) {
    (self.reason, self.sentence, self.isOfFiles) = (reason, sentence, isOfFiles)
  }

  /// The sentence.
  public var description: String { sentence }
}

/// The image's own alpha.
struct EmbeddedAlpha: MaskMethod {
  let name = "alpha"
  let precision = MaskPrecision.exact

  /// The alpha; nil if there is none, or if almost everything is opaque.
  func mask(of subject: MaskSubject) -> MaskPrediction? {
    guard let alpha = subject.alpha else { return nil }
    // Some programs write an alpha channel that is opaque almost everywhere; it is not a mask.
    let clear = alpha.values.count { $0 < 0.5 }
    return clear * 200 > alpha.values.count ? MaskPrediction(alpha) : nil
  }
}

/// No mask: everything is foreground.
struct Opaque: MaskMethod {
  let name = "none"
  let precision = MaskPrecision.exact

  func mask(of subject: MaskSubject) -> MaskPrediction? {
    let size = subject.image.size
    return MaskPrediction(
      Plane(width: size.width, height: size.height, values: [Float](repeating: 1, count: size.area)))
  }
}
