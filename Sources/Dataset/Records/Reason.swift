/// Why an item was skipped, rejected or failed: a stable code that programs can compare.
public struct Reason: Sendable, Hashable, Codable, RawRepresentable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  /// The code as the manifest writes it, in lower case with hyphens.
  public let rawValue: String

  /// A reason from its code.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// A reason from its code.
  public init(stringLiteral value: String) { rawValue = value }

  /// The code.
  public var description: String { rawValue }

  /// No face was found in the image.
  public static let noFace: Reason = "no-face"
  /// The face has fewer pixels than `min-face`.
  public static let faceTooSmall: Reason = "face-too-small"
  /// More of the crop is outside the picture than `framing: fit` allows.
  public static let outsidePicture: Reason = "outside-picture"
  /// The eyes, the nose or the mouth are outside the picture.
  public static let faceCutOff: Reason = "face-cut-off"
  /// The image has several faces, but `faces: one` requires exactly one.
  public static let severalFaces: Reason = "several-faces"
  /// An anime face in domain A, or a photographed face in domain B.
  public static let wrongDomain: Reason = "wrong-domain"
  /// The file could not be decoded.
  public static let unreadable: Reason = "unreadable"
  /// The same picture is in the dataset already.
  public static let duplicateOf: Reason = "duplicate-of"
  /// The mask has no foreground.
  public static let maskEmpty: Reason = "mask-empty"
  /// The file is truncated.
  public static let truncated: Reason = "truncated"
  /// Too little detail.
  public static let blurred: Reason = "blurred"
  /// The sample has no mask yet.
  public static let notMasked: Reason = "not-masked"
  /// `curate: choose` chose other samples.
  public static let notChosen: Reason = "not-chosen"
  /// It shows a person or character that `curate: characters: reject` excludes.
  public static let rejectedCharacter: Reason = "rejected-character"
  /// No crop can be cut from the image.
  public static let notCroppable: Reason = "not-croppable"
  /// A user rejected it.
  public static let rejectedByPerson: Reason = "rejected-by-person"
}
