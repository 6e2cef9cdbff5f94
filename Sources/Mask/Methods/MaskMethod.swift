public import Dataset
public import Foundation
public import Imaging
public import Vision

/// The input of a mask method: a crop with its face and its origin.
public struct MaskSubject: Sendable {
  /// The origin of a crop, for masks that are stored beside the source.
  public struct Origin: Sendable {
    /// The source image's file.
    public var file: URL
    /// The kind of source.
    public var kind: SourceKind
    /// The parts that form the foreground, for CelebAMask-HQ; empty for the default set.
    public var parts: [String]
    /// The map from source pixels to crop pixels.
    public var matrix: AffineMap
    /// The source's size in pixels.
    public var size: PixelSize

    /// An origin with the given values.
    public init(file: URL, kind: SourceKind, parts: [String], matrix: AffineMap, size: PixelSize) {
      (self.file, self.kind, self.parts) = (file, kind, parts)
      (self.matrix, self.size) = (matrix, size)
    }
  }

  /// The crop, RGB.
  public var image: ImageBuffer
  /// The alpha of the source image, 0 to 1; nil if it has none.
  public var alpha: Plane?
  /// The face in crop pixels; nil if unknown, in which case a centred head is assumed.
  public var face: FaceGuide?
  /// The kind of head; the default is unknown.
  public var shape = HeadShape.unknown
  /// The origin of the crop; nil for images of a plain folder.
  public var origin: Origin?
  /// Whether pixels outside the source are white padding, which is never foreground.
  public var ignoresOutside = false
  /// Painted labels, of the crop's size; nil if nothing was painted.
  public var strokes: BrushLayer?

  /// The crop `image`, whose alpha is separated from its colors.
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
  /// Alpha and colors are final.
  case exact
  /// The alpha is final; colors at soft pixels still contain the background.
  case soft
  /// A foreground probability of any size whose edges are refined.
  case coarse
  /// An alpha of any size, soft at hair; its edges are refined.
  case matte

  /// Whether the edges are refined.
  var isRefined: Bool { self == .coarse || self == .matte }
}

/// A method that separates foreground and background.
///
/// Each worker has its own instance.
public protocol MaskMethod {
  /// The name in settings and in the manifest.
  var name: String { get }
  /// How precise its edges are.
  var precision: MaskPrecision { get }
  /// The mask of `subject`; nil if the method does not apply to it.
  ///
  /// - Throws: `MaskError` and other failures of the item.
  func mask(of subject: MaskSubject) throws -> MaskPrediction?
  /// The plane of the mask of `subject` alone, for comparison with another method; nil if the method does not apply to it.
  ///
  /// - Throws: `MaskError` and other failures of the item.
  func plane(of subject: MaskSubject) throws -> Plane?
}

extension MaskMethod {
  /// The plane of the mask.
  public func plane(of subject: MaskSubject) throws -> Plane? { try mask(of: subject)?.plane }
}

/// A method's mask.
public struct MaskPrediction: Sendable, Equatable {
  /// The foreground probability or alpha of each pixel, 0 to 1.
  public var plane: Plane
  /// The fraction of pixels, 0...1, that a second method labels differently; nil if no second method ran.
  public var disagreement: Double?

  /// A prediction with the given values.
  public init(_ plane: Plane, disagreement: Double? = nil) {
    (self.plane, self.disagreement) = (plane, disagreement)
  }
}

/// The reason why a crop has no mask.
public struct MaskError: ItemFailure, CustomStringConvertible, Equatable {
  /// The reason code.
  public var reason: Reason
  /// One sentence that says what to do.
  public var sentence: String
  /// Whether files beside the source are wrong, which can be repaired without changing a setting.
  public var isOfFiles: Bool

  /// An error with the given code and sentence.
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
    // Some programs write an alpha channel that is opaque almost everywhere, which is not a mask.
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
