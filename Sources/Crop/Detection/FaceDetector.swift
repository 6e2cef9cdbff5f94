public import Imaging

/// A face as a detector found it, in the pixels of the searched image.
public struct DetectedFace: Sendable, Equatable, Codable {
  /// The points that framing and alignment use.
  ///
  /// Left is the image's left.
  public struct Landmarks: Sendable, Equatable, Codable {
    /// The middle of the left eye.
    public var leftEye: Point
    /// The middle of the right eye.
    public var rightEye: Point
    /// The tip of the nose; nil if the detector does not find it.
    public var nose: Point?
    /// The middle of the mouth; nil if the detector does not find it.
    public var mouth: Point?
    /// The left corner of the mouth; nil if the detector does not find it.
    public var leftMouth: Point?
    /// The right corner of the mouth; nil if the detector does not find it.
    public var rightMouth: Point?
    /// The chin; nil if the detector does not find it.
    public var chin: Point?

    /// Landmarks with eyes only; set the others if they are known.
    public init(leftEye: Point, rightEye: Point) { (self.leftEye, self.rightEye) = (leftEye, rightEye) }
  }

  /// The detector's name.
  public var detector: String
  /// The detector's confidence, 0 to 1, on one scale for all detectors.
  public var score: Double
  /// The detector's own box.
  public var box: Box
  /// The box from brow line to chin and from cheek to cheek, estimated from the detector's box.
  ///
  /// Framing uses it if there are no landmarks. For a rotated face it is the box after the face is rotated
  /// upright about its center.
  public var extent: Box
  /// Eyes and other points; nil if the detector finds none.
  public var landmarks: Landmarks?
  /// The outline of the face and its parts: 68 points in iBUG's order, or 28 in hysts's order for anime
  /// faces; empty if unknown.
  public var points: [Point] = []
  /// The rotation of the face in the image plane in degrees, clockwise positive; nil if unknown.
  public var roll: Double?
  /// Whether it is an anime face in domain A or a photographed face in domain B.
  ///
  /// If the detector of the image's own domain found no face, faces of the other domain's detector have this
  /// mark, and `detector` names that detector.
  public var isWrongDomain = false

  /// `isWrongDomain` keeps the key that older ledgers use.
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

/// Finds faces in one image at a time.
///
/// Each worker has its own detector.
public protocol FaceDetector {
  /// The name by which the settings choose it.
  var name: String { get }

  /// The faces of `image`, in any order.
  ///
  /// - Throws: `VisionError`.
  func detect(_ image: ImageBuffer) throws -> [DetectedFace]

  /// The faces of an image that is `box` times smaller than its source, in the pixels of the smaller image.
  ///
  /// The smallest wanted face is `box` times smaller there, too.
  ///
  /// - Throws: `VisionError`.
  func detect(_ image: ImageBuffer, reducedBy box: Int) throws -> [DetectedFace]
}

extension FaceDetector {
  /// Ignores the reduction.
  public func detect(_ image: ImageBuffer, reducedBy box: Int) throws -> [DetectedFace] {
    try detect(image)
  }
}
