import Foundation
import Imaging

/// The mean face's points, and how a face's own points lie to them.
///
/// The origin is the middle between the eyes, the unit the way from there to the middle of the mouth. Figures are medians over
/// 260 photographs: YuNet's five points, and for brows and chin PFLD's 68, which lie within 1 % of the face's height of where
/// CelebAMask-HQ's label maps end (but for a chin under a beard).
enum MeanFace {
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
    let (from, to) = (pairs.map(\.0).middle, pairs.map(\.1).middle)
    var (along, across, spread) = (0.0, 0.0, 0.0)
    for (mean, own) in pairs {
      let (px, py, qx, qy) = (mean.x - from.x, mean.y - from.y, own.x - to.x, own.y - to.y)
      along += px * qx + py * qy
      across += px * qy - py * qx
      spread += px * px + py * py
    }
    let (a, d) = (along / spread, across / spread)
    guard a * a + d * d > 1e-12 else { return nil }
    return AffineMap(a, -d, to.x - a * from.x + d * from.y, d, a, to.y - d * from.x - a * from.y)
  }
}

extension [Point] {
  /// The mean of the places.
  ///
  /// - Precondition: There is one.
  var middle: Point {
    let sum = reduce(Point(x: 0, y: 0)) { Point(x: $0.x + $1.x, y: $0.y + $1.y) }
    return Point(x: sum.x / Double(count), y: sum.y / Double(count))
  }
}
