public import Imaging

/// A face as a detector found it, in the pixels of the image that it was given.
public struct DetectedFace: Sendable, Equatable, Codable {
  /// The points that framing and alignment use; left is the image's left.
  public struct Landmarks: Sendable, Equatable, Codable {
    /// The middle of the left eye.
    public var leftEye: Point
    /// The middle of the right eye.
    public var rightEye: Point
    /// The tip of the nose, where the detector gives it.
    public var nose: Point?
    /// The middle of the mouth, where the detector gives it.
    public var mouth: Point?
    /// The left corner of the mouth, where the detector gives it.
    public var leftMouth: Point?
    /// The right corner of the mouth, where the detector gives it.
    public var rightMouth: Point?
    /// The chin, where the detector gives it.
    public var chin: Point?

    /// Eyes alone; the rest is set where it is known.
    public init(leftEye: Point, rightEye: Point) { (self.leftEye, self.rightEye) = (leftEye, rightEye) }
  }

  /// The detector's name.
  public var detector: String
  /// How sure it is, 0 to 1 on one scale for all detectors.
  public var score: Double
  /// The detector's own box.
  public var box: Box
  /// From brow line to chin and from cheek to cheek as far as the detector's box tells.
  ///
  /// Framing is measured from it where there are no landmarks. For a turned face it is the box of the face turned upright about its centre.
  public var extent: Box
  /// Eyes and more, where the detector gives them.
  public var landmarks: Landmarks?
  /// The face's outline and parts: 68 points in iBUG's order or 28 in hysts's order for drawn faces; empty where unknown.
  public var points: [Point] = []
  /// How far the face is turned, in degrees, clockwise positive; nil where nothing tells.
  public var roll: Double?
  /// Whether it looks like a drawing among photographs, or the other way round.
  ///
  /// Where the detector of the image's own domain found no face at all, another's may be told so, under that detector's name.
  public var isWrongDomain = false

  /// `isWrongDomain` keeps the name under which older ledgers hold it.
  private enum CodingKeys: String, CodingKey {
    case detector, score, box, extent, landmarks, points, roll
    case isWrongDomain = "looksForeign"
  }

  /// A face from all its fields.
  public init(
    detector: String, score: Double, box: Box, extent: Box, landmarks: Landmarks? = nil, roll: Double? = nil
  ) {
    (self.detector, self.score, self.box, self.extent) = (detector, score, box, extent)
    (self.landmarks, self.roll) = (landmarks, roll)
  }
}

/// Finds faces in one image at a time; each worker has its own.
public protocol FaceDetector {
  /// The name by which the settings choose it.
  var name: String { get }

  /// The faces of `image`, in any order.
  ///
  /// - Throws: `VisionError`.
  func detect(_ image: ImageBuffer) throws -> [DetectedFace]
}
