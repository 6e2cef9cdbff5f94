public import Imaging

/// The named points of a face.
///
/// Left is the image's left; an unknown point is nil.
public struct Landmarks: Sendable, Hashable, Codable {
  /// The middle of the left eye.
  public var leftEye: Point?
  /// The middle of the right eye.
  public var rightEye: Point?
  /// The tip of the nose.
  public var nose: Point?
  /// The middle of the mouth, if the detector finds it instead of the corners.
  public var mouth: Point?
  /// The left corner of the mouth.
  public var leftMouth: Point?
  /// The right corner of the mouth.
  public var rightMouth: Point?
  /// The tip of the chin.
  public var chin: Point?
  /// 68 points in iBUG's order: jaw, brows, nose, eyes, mouth.
  public var outline: [Point]?

  /// Landmarks without any known point.
  public init() {}

  /// Landmarks with both eyes.
  public init(leftEye: Point, rightEye: Point) { (self.leftEye, self.rightEye) = (leftEye, rightEye) }

  /// All points except the outline, with the names that records use for them.
  public static var named: [(name: String, path: WritableKeyPath<Landmarks, Point?>)] {
    [
      ("leftEye", \.leftEye), ("rightEye", \.rightEye), ("nose", \.nose), ("mouth", \.mouth),
      ("leftMouth", \.leftMouth), ("rightMouth", \.rightMouth), ("chin", \.chin),
    ]
  }

  /// The known points in the order of `named`, without the outline.
  public var points: [Point] { Self.named.compactMap { self[keyPath: $0.path] } }

  /// Both eyes; nil if one is unknown.
  public var eyes: (left: Point, right: Point)? {
    leftEye.flatMap { left in rightEye.map { (left, $0) } }
  }

  /// Both corners of the mouth; nil if one is unknown.
  public var mouthCorners: (left: Point, right: Point)? {
    leftMouth.flatMap { left in rightMouth.map { (left, $0) } }
  }

  /// Eyes, nose and mouth corners, left before right, in the order of face recognition and CelebA; nil if one
  /// is unknown.
  public var five: [Point]? {
    let all = [leftEye, rightEye, nose, leftMouth, rightMouth].compactMap { $0 }
    return all.count == 5 ? all : nil
  }

  /// The same points in another image.
  ///
  /// - Parameter map: Pixels of this image to pixels of the other.
  /// - Returns: The mapped points.
  public func mapped(by map: AffineMap) -> Landmarks {
    var result = Landmarks()
    for (_, path) in Self.named { result[keyPath: path] = self[keyPath: path].map { map($0) } }
    result.outline = outline?.map { map($0) }
    return result
  }

  /// The points of an older record, which has a list: two eyes, the nose, and two points that depend on
  /// `detector`.
  ///
  /// animeface finds the middle of the mouth and the chin; all other detectors find the corners of the mouth.
  init(list points: [Point], foundBy detector: String) {
    func point(_ number: Int) -> Point? { points.indices.contains(number) ? points[number] : nil }
    guard points.count == 2 || points.count == 3 || points.count == 5 else { return }
    (leftEye, rightEye, nose) = (point(0), point(1), point(2))
    if detector == "animeface" {
      (mouth, chin) = (point(3), point(4))
    } else {
      (leftMouth, rightMouth) = (point(3), point(4))
    }
  }
}
