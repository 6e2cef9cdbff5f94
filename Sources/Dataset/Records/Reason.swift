/// Why an item was left out or failed: a stable code that programs can match.
public struct Reason: Sendable, Hashable, Codable, RawRepresentable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  /// The code as it stands in the manifest, in lower case with hyphens.
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
  /// Several faces where exactly one is asked for.
  public static let severalFaces: Reason = "several-faces"
  /// A drawing among photographs, or the other way round.
  public static let wrongDomain: Reason = "wrong-domain"
  /// The file could not be decoded.
  public static let unreadable: Reason = "unreadable"
  /// The same picture is in the dataset already.
  public static let duplicateOf: Reason = "duplicate-of"
  /// The mask holds no figure.
  public static let maskEmpty: Reason = "mask-empty"
  /// The file ends too early.
  public static let truncated: Reason = "truncated"
  /// Too little detail.
  public static let blurred: Reason = "blurred"
  /// A person said so.
  public static let rejectedByPerson: Reason = "rejected-by-person"
}
