import Foundation
import Imaging

/// The mean face's points, and how a face's own points lie to them.
///
/// The origin is the middle between the eyes, the unit the way from there to the middle of the mouth. Figures are medians over
/// 260 photographs: YuNet's five points, and for brows and chin PFLD's 68, which lie within 1 % of the face's height of where
/// CelebAMask-HQ's label maps end (but for a chin under a beard).
enum LandmarkTemplate {
  static let leftEye = Point(x: -0.485, y: 0)
  static let rightEye = Point(x: 0.485, y: 0)
  static let nose = Point(x: 0, y: 0.577)
  static let leftMouth = Point(x: -0.417, y: 1)
  static let rightMouth = Point(x: 0.417, y: 1)
  static let mouth = Point(x: 0, y: 1)
  /// How far the brow line lies above the eyes.
  static let browsAboveEyes = 0.376
  /// How far the chin lies below the eyes.
  static let chinBelowEyes = 1.77
  /// From brow line to chin.
  static let height = browsAboveEyes + chinBelowEyes

  /// The turn, scale and move that bring the mean face's points nearest to `landmarks`, by least squares.
  ///
  /// Umeyama's closed form (1991) for the plane, without reflections. Eyes alone have one exact answer; the more points there
  /// are, the less each one's error counts.
  static func fit(to landmarks: DetectedFace.Landmarks) -> AffineMap? {
    var pairs = [(leftEye, landmarks.leftEye), (rightEye, landmarks.rightEye)]
    if let place = landmarks.nose { pairs.append((nose, place)) }
    if let left = landmarks.leftMouth, let right = landmarks.rightMouth {
      pairs += [(leftMouth, left), (rightMouth, right)]
    } else if let place = landmarks.mouth {
      pairs.append((mouth, place))
    }
    return AffineMap(similarityFrom: pairs.map(\.0), to: pairs.map(\.1))
  }
}
