public import Dataset
public import Imaging
public import Ledger

/// What the page asks of the stages, which know neither it nor each other: the command puts it together.
public protocol Workshop: Sendable {
  /// The side of a new crop in pixels.
  var side: Int { get }

  /// The picture of an image file or a film's frame, upright.
  ///
  /// - Parameters:
  ///   - image: The image.
  ///   - minimumSide: A JPEG may come smaller as long as its shorter side keeps this many pixels.
  /// - Returns: The picture.
  /// - Throws: An `ItemFailure` where it cannot be read.
  func picture(of image: ImageRow, minimumSide: Int) async throws -> ImageBuffer

  /// The faces that can be found in an image, wanted or not, each with the crop that would be cut around it.
  ///
  /// - Throws: An `ItemFailure` where the image cannot be read; what looking for faces throws.
  func faces(in image: ImageRow) async throws -> [FoundFace]

  /// What a person changed about a sample.
  ///
  /// - Throws: `LedgerError`, or an `ItemFailure` where a layer cannot be read.
  func layers(of id: String) async throws -> Layers

  /// What a person painted over a sample's mask, RGBA of the crop's size; nil where nothing was painted.
  ///
  /// - Throws: `LedgerError`, or an `ItemFailure` where the layer cannot be read.
  func strokes(of id: String) async throws -> ImageBuffer?

  /// The cutout that another method would make of a sample, without keeping it; nil for what is no sample.
  ///
  /// - Throws: An `ItemFailure` where the method cannot be applied.
  func preview(of id: String, by method: MaskSettings.Method) async throws -> ImageBuffer?

  /// What a sample's corrected mask would do to the samples that may show nearly the same, nearest first.
  ///
  /// - Throws: An `ItemFailure` where nobody corrected it; what masking throws.
  func offers(of id: String) async throws -> [Offer]

  /// The cutout that sample `id` would have with what sample `other` offers it; nil where nothing can be carried over.
  ///
  /// - Throws: As `offers`.
  func offered(to id: String, from other: String) async throws -> ImageBuffer?

  /// Changes one sample and runs the stages for it alone: its crop, its mask and its measures are made anew.
  ///
  /// - Parameters:
  ///   - repair: The change.
  ///   - crop: The sample's crop; one without a cut becomes a sample by its first frame.
  ///   - image: The image that it is cut from.
  /// - Throws: An `ItemFailure` where it cannot be done, and then nothing has changed; what the stages throw.
  func apply(_ repair: Repair, to crop: CropRow, of image: ImageRow) async throws
}

/// A face that was found in an image.
public struct FoundFace: Sendable, Encodable {
  /// Where it is.
  public var face: Sample.Face
  /// Source pixels to the pixels of the crop that the framing would cut around it.
  public var matrix: AffineMap
  /// The side in pixels of the crop that `matrix` leads to.
  public var size: Int

  /// A face from all its fields.
  public init(face: Sample.Face, matrix: AffineMap, size: Int) {
    (self.face, self.matrix, self.size) = (face, matrix, size)
  }
}

/// What a person changed about one sample, apart from keeping or rejecting it.
public struct Layers: Sendable, Equatable, Encodable {
  /// Their frame; nil where the framing has its way.
  public var frame: UserCrop?
  /// Their mask method; nil for the settings'.
  public var method: MaskSettings.Method?
  /// Whether the mask is painted over.
  public var isPainted: Bool
  /// The sample whose correction the strokes were carried over from; nil for a person's own.
  public var carriedFrom: String?

  /// Layers from all fields.
  public init(
    frame: UserCrop? = nil, method: MaskSettings.Method? = nil, isPainted: Bool = false,
    carriedFrom: String? = nil
  ) {
    (self.frame, self.method, self.isPainted) = (frame, method, isPainted)
    self.carriedFrom = carriedFrom
  }
}

/// What a corrected mask would do to one other sample.
public struct Offer: Sendable, Equatable, Encodable {
  /// The other sample.
  public var id: String
  /// How many strokes the correction has; 0 where another method was chosen.
  public var strokes: Int
  /// How many of them agree with the other sample's picture.
  public var carried: Int
  /// How alike the pictures are where the correction is, 0 to 1.
  public var agreement: Double
  /// Why it is not to be taken, in a sentence; nil where it agrees.
  public var refusal: String?

  /// An offer from all its fields.
  public init(id: String, strokes: Int, carried: Int, agreement: Double, refusal: String? = nil) {
    (self.id, self.strokes, self.carried) = (id, strokes, carried)
    (self.agreement, self.refusal) = (agreement, refusal)
  }
}

/// A change to one sample.
public enum Repair: Sendable, Equatable {
  /// Cut it so; nil for the framing's way.
  case frame(UserCrop?)
  /// Mask it so; nil for the settings' way.
  case method(MaskSettings.Method?)
  /// Put these strokes over its mask, RGBA of the crop's size; nil for none.
  case strokes(ImageBuffer?)
  /// Put over its mask what that sample's correction offers it; nil to take back what was carried over.
  case carried(from: String?)

  /// Whether it is about the frame.
  var isFrame: Bool { if case .frame = self { true } else { false } }
}
