public import Dataset
public import Imaging
public import Ledger

/// The operations of the crop, mask and curate stages that the page uses, for one sample at a time.
///
/// Stages do not import each other, so the command that starts the page provides the implementation.
public protocol SampleEditing: Sendable {
  /// The side of a new crop in pixels.
  var side: Int { get }

  /// The pixels of an image file or of a video frame, upright.
  ///
  /// - Parameters:
  ///   - image: The image.
  ///   - minimumSide: A JPEG may be decoded smaller as long as its shorter side keeps this many pixels.
  /// - Returns: The pixels.
  /// - Throws: An `ItemFailure` if it cannot be read.
  func picture(of image: ImageRow, minimumSide: Int) async throws -> ImageBuffer

  /// All faces that the detector finds in an image, of any size, each with its crop.
  ///
  /// - Throws: An `ItemFailure` if the image cannot be read; the errors of detection.
  func faces(in image: ImageRow) async throws -> [FoundFace]

  /// The user's edits of a sample.
  ///
  /// - Throws: `LedgerError`, or an `ItemFailure` if a brush layer cannot be read.
  func edits(of id: String) async throws -> SampleEdits

  /// The strokes that the user painted over a sample's mask, RGBA of the crop's size; nil if nothing was painted.
  ///
  /// - Throws: `LedgerError`, or an `ItemFailure` if the layer cannot be read.
  func strokes(of id: String) async throws -> ImageBuffer?

  /// Masks a sample without its painted strokes, by another method; nothing is saved.
  ///
  /// - Parameters:
  ///   - id: The sample.
  ///   - method: The method; nil for the one in the settings.
  /// - Returns: The cutout; nil for an unknown sample.
  /// - Throws: An `ItemFailure` if the method cannot be applied.
  func preview(of id: String, by method: MaskSettings.Method?) async throws -> ImageBuffer?

  /// Suggestions to copy a sample's corrected mask to similar samples, the most similar first.
  ///
  /// - Throws: An `ItemFailure` if its mask was not corrected; the errors of masking.
  func suggestions(of id: String) async throws -> [MaskSuggestion]

  /// The cutout of sample `id` with the correction of sample `other`; nil if the correction does not fit.
  ///
  /// - Throws: As `suggestions`.
  func suggestedCutout(of id: String, from other: String) async throws -> ImageBuffer?

  /// Changes one sample and runs the stages for it: its crop, mask and measures are made again.
  ///
  /// - Parameters:
  ///   - edit: The change.
  ///   - crop: The sample's crop; a face without a crop becomes a sample with its first frame.
  ///   - image: The image of the crop.
  /// - Throws: An `ItemFailure` if it cannot be done, in which case nothing has changed; the errors of the stages.
  func apply(_ edit: SampleEdit, to crop: CropRow, of image: ImageRow) async throws
}

/// A face that was found in an image.
public struct FoundFace: Sendable, Encodable {
  /// The face.
  public var face: Sample.Face
  /// The map from source pixels to the pixels of its crop.
  public var matrix: AffineMap
  /// The side of that crop in pixels.
  public var size: Int

  /// A face with the given values.
  public init(face: Sample.Face, matrix: AffineMap, size: Int) {
    (self.face, self.matrix, self.size) = (face, matrix, size)
  }
}

/// The user's edits of one sample, apart from accepting or rejecting it.
public struct SampleEdits: Sendable, Equatable, Encodable {
  /// The user's frame; nil for the automatic frame.
  public var frame: UserCrop?
  /// The user's mask method; nil for the one in the settings.
  public var method: MaskSettings.Method?
  /// Whether strokes are painted over the mask.
  public var isPainted: Bool
  /// The sample from which the strokes were copied; nil if they were painted on this sample.
  public var copiedFrom: String?

  /// Edits with the given values.
  public init(
    frame: UserCrop? = nil, method: MaskSettings.Method? = nil, isPainted: Bool = false,
    copiedFrom: String? = nil
  ) {
    (self.frame, self.method, self.isPainted) = (frame, method, isPainted)
    self.copiedFrom = copiedFrom
  }
}

/// A suggestion to copy a corrected mask to another sample.
public struct MaskSuggestion: Sendable, Equatable, Encodable {
  /// The other sample.
  public var id: String
  /// The number of strokes of the correction; 0 if it is another method.
  public var strokes: Int
  /// The number of strokes that fit the other sample's image.
  public var fitting: Int
  /// The similarity of the images at the corrected pixels, 0...1.
  public var agreement: Double
  /// The reason why it should not be used, as a sentence; nil if it fits.
  public var refusal: String?

  /// A suggestion with the given values.
  public init(id: String, strokes: Int, fitting: Int, agreement: Double, refusal: String? = nil) {
    (self.id, self.strokes, self.fitting) = (id, strokes, fitting)
    (self.agreement, self.refusal) = (agreement, refusal)
  }
}

/// A change to one sample.
public enum SampleEdit: Sendable, Equatable {
  /// Crop to this frame; nil for the automatic frame.
  case frame(UserCrop?)
  /// Mask with this method; nil for the one in the settings.
  case method(MaskSettings.Method?)
  /// Paint these strokes over the mask, RGBA of the crop's size; nil removes the strokes.
  case strokes(ImageBuffer?)
  /// Copy this sample's correction; nil removes the copied strokes.
  case copied(from: String?)

  /// Whether it is about the frame.
  var isFrame: Bool { if case .frame = self { true } else { false } }
}
