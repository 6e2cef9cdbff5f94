public import Dataset
public import Imaging
public import Ledger

/// What the page needs of the crop, mask and curate stages, for one sample at a time.
///
/// Stages do not import each other, so the command that starts the page brings an implementation.
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

  /// All faces that the detector finds in an image, of any size, each with the crop that would be cut around it.
  ///
  /// - Throws: An `ItemFailure` if the image cannot be read; what detection throws.
  func faces(in image: ImageRow) async throws -> [FoundFace]

  /// What a person changed about a sample.
  ///
  /// - Throws: `LedgerError`, or an `ItemFailure` if a brush layer cannot be read.
  func edits(of id: String) async throws -> SampleEdits

  /// What a person painted over a sample's mask, RGBA of the crop's size; nil if nothing was painted.
  ///
  /// - Throws: `LedgerError`, or an `ItemFailure` if the layer cannot be read.
  func strokes(of id: String) async throws -> ImageBuffer?

  /// The cutout that another method would make of a sample, without saving it; nil for an unknown sample.
  ///
  /// - Throws: An `ItemFailure` if the method cannot be applied.
  func preview(of id: String, by method: MaskSettings.Method) async throws -> ImageBuffer?

  /// What a sample's corrected mask would change in samples that show nearly the same, the most similar first.
  ///
  /// - Throws: An `ItemFailure` if its mask was not corrected; what masking throws.
  func suggestions(of id: String) async throws -> [MaskSuggestion]

  /// The cutout of sample `id` with the correction of sample `other`; nil if the correction does not fit.
  ///
  /// - Throws: As `suggestions`.
  func suggestedCutout(of id: String, from other: String) async throws -> ImageBuffer?

  /// Changes one sample and runs the stages for it alone: crop, mask and measures are made again.
  ///
  /// - Parameters:
  ///   - edit: The change.
  ///   - crop: The sample's crop; one without a cut becomes a sample by its first frame.
  ///   - image: The image that it is cut from.
  /// - Throws: An `ItemFailure` if it cannot be done, and then nothing has changed; what the stages throw.
  func apply(_ edit: SampleEdit, to crop: CropRow, of image: ImageRow) async throws
}

/// A face that was found in an image.
public struct FoundFace: Sendable, Encodable {
  /// Where it is.
  public var face: Sample.Face
  /// Source pixels to the pixels of the crop that would be cut around it.
  public var matrix: AffineMap
  /// The side of that crop in pixels.
  public var size: Int

  /// A face from all its fields.
  public init(face: Sample.Face, matrix: AffineMap, size: Int) {
    (self.face, self.matrix, self.size) = (face, matrix, size)
  }
}

/// What a person changed about one sample, apart from keeping or rejecting it.
public struct SampleEdits: Sendable, Equatable, Encodable {
  /// Their frame; nil if the rules' frame is used.
  public var frame: UserCrop?
  /// Their mask method; nil if the one in the settings is used.
  public var method: MaskSettings.Method?
  /// Whether the mask is painted over.
  public var isPainted: Bool
  /// The sample whose correction the strokes were copied from; nil if a person painted them here.
  public var copiedFrom: String?

  /// Edits from all fields.
  public init(
    frame: UserCrop? = nil, method: MaskSettings.Method? = nil, isPainted: Bool = false,
    copiedFrom: String? = nil
  ) {
    (self.frame, self.method, self.isPainted) = (frame, method, isPainted)
    self.copiedFrom = copiedFrom
  }
}

/// What a corrected mask would change in one other sample.
public struct MaskSuggestion: Sendable, Equatable, Encodable {
  /// The other sample.
  public var id: String
  /// How many strokes the correction has; 0 if it is another method.
  public var strokes: Int
  /// How many of them fit the other sample's picture.
  public var fitting: Int
  /// How similar the pictures are at the corrected places, 0 to 1.
  public var agreement: Double
  /// Why it should not be used, in a sentence; nil if it fits.
  public var refusal: String?

  /// A suggestion from all its fields.
  public init(id: String, strokes: Int, fitting: Int, agreement: Double, refusal: String? = nil) {
    (self.id, self.strokes, self.fitting) = (id, strokes, fitting)
    (self.agreement, self.refusal) = (agreement, refusal)
  }
}

/// A change to one sample.
public enum SampleEdit: Sendable, Equatable {
  /// Crop to this frame; nil for the frame that the rules give.
  case frame(UserCrop?)
  /// Mask with this method; nil for the one in the settings.
  case method(MaskSettings.Method?)
  /// Put these strokes over the mask, RGBA of the crop's size; nil removes them.
  case strokes(ImageBuffer?)
  /// Copy that sample's correction; nil removes what was copied.
  case copied(from: String?)

  /// Whether it is about the frame.
  var isFrame: Bool { if case .frame = self { true } else { false } }
}
