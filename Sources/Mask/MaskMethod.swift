public import Dataset
public import Foundation
public import Imaging
public import Vision

/// What a mask is made of: a crop, and what is known about it.
public struct MaskSubject: Sendable {
  /// Where a crop was cut from, for masks that lie beside the source.
  public struct Origin: Sendable {
    /// The source image's file.
    public var file: URL
    /// What kind of source it is.
    public var kind: SourceKind
    /// The part masks that make the head, for CelebAMask-HQ; empty for the default set.
    public var parts: [String]
    /// Source pixels to crop pixels.
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
  /// The alpha that came with it, 0 to 1; nil where there was none.
  public var alpha: Plane?
  /// Where the face is, in crop pixels; nil where that is not known and a framed head is assumed.
  public var face: FaceGuide?
  /// How large the head is about its face; the default is unknown.
  public var shape = HeadShape.unknown
  /// Where it was cut from; nil for images of a plain folder.
  public var origin: Origin?
  /// Whether what lies outside the source is blank paper, which is never figure.
  public var ignoresOutside = false
  /// What a person painted, of the crop's size; nil where nothing was painted.
  public var strokes: BrushLayer?

  /// The crop `image`, whose alpha is taken apart where it has one.
  public init(_ image: ImageBuffer, face: FaceGuide? = nil, origin: Origin? = nil) {
    self.image = image.converted(to: .rgb)
    alpha = image.alpha.map { Plane($0) }
    (self.face, self.origin) = (face, origin)
  }

  /// The face, or the one that a framed head has.
  public var guide: FaceGuide { face ?? .framed(image.size) }
}

/// How sure a mask's edges are, which decides what is still done to them.
public enum MaskPrecision: Sendable {
  /// Alpha and colours are final.
  case exact
  /// The alpha is final; colours at soft pixels still hold the background.
  case soft
  /// A probability of figure of any size, to be refined.
  case coarse
}

/// One way to tell a figure from what is behind it.
///
/// One instance a worker.
public protocol MaskMethod {
  /// The name as settings and the manifest have it.
  var name: String { get }
  /// How sure its edges are.
  var precision: MaskPrecision { get }
  /// How much each pixel is figure, 0 to 1; nil where the method does not apply to `subject`.
  ///
  /// - Throws: `MaskError` and other failures of the item.
  func mask(of subject: MaskSubject) throws -> MaskAnswer?
}

/// What a method says.
public struct MaskAnswer: Sendable, Equatable {
  /// How much each pixel is figure, 0 to 1.
  public var plane: Plane
  /// The share of pixels about which the second opinion differs, 0 to 1; nil where there is none.
  public var disagreement: Double?

  /// An answer from its parts.
  public init(_ plane: Plane, disagreement: Double? = nil) {
    (self.plane, self.disagreement) = (plane, disagreement)
  }
}

/// Why a crop has no mask.
public struct MaskError: ItemFailure, CustomStringConvertible, Equatable {
  /// The stable code.
  public var reason: Reason
  /// One sentence with the way out.
  public var sentence: String
  /// Whether files beside the source are at fault, which a person may mend without changing a setting.
  public var isOfFiles: Bool

  /// A failure from its code and sentence.
  public init(_ reason: Reason, _ sentence: String, isOfFiles: Bool = false) {
    (self.reason, self.sentence, self.isOfFiles) = (reason, sentence, isOfFiles)
  }

  /// The sentence.
  public var description: String { sentence }
}

/// The alpha that the image has.
struct GivenAlpha: MaskMethod {
  let name = "alpha"
  let precision = MaskPrecision.exact

  /// The alpha; nil where there is none, or where it says that everything is figure.
  func mask(of subject: MaskSubject) -> MaskAnswer? {
    guard let alpha = subject.alpha else { return nil }
    // Some programs write an alpha channel that holds next to nothing; it is no mask.
    let clear = alpha.values.count { $0 < 0.5 }
    return clear * 200 > alpha.values.count ? MaskAnswer(alpha) : nil
  }
}

/// No mask: everything is figure.
struct Opaque: MaskMethod {
  let name = "none"
  let precision = MaskPrecision.exact

  func mask(of subject: MaskSubject) -> MaskAnswer? {
    let size = subject.image.size
    return MaskAnswer(
      Plane(width: size.width, height: size.height, values: [Float](repeating: 1, count: size.area)))
  }
}
