import Dataset
import Foundation
import Imaging

/// How a head is turned, as far as landmarks tell.
enum Pose {
  /// How far the tip of the nose stands out of the plane of the eyes, in distances between the eyes: 0.6 of them in the mean
  /// face of the 68 points' three-dimensional models.
  private static let depth = 0.6

  /// Degrees to the right of the picture, from where the nose lies between the eyes; nil without eyes and nose.
  ///
  /// A head turned by yaw shows the eyes cos(yaw) as far apart and the nose sin(yaw) x depth aside, so its tangent is the
  /// ratio of both. Drawn noses make it a rough number for drawings.
  static func yaw(_ face: Sample.Face) -> Double? {
    guard let (left, right) = face.landmarks.eyes, let nose = face.landmarks.nose else { return nil }
    let (dx, dy) = (right.x - left.x, right.y - left.y)
    let square = dx * dx + dy * dy
    guard square > 1 else { return nil }
    // Along the line of the eyes, so that roll does not matter.
    let along = ((nose.x - left.x) * dx + (nose.y - left.y) * dy) / square - 0.5
    return atan(along / depth) * 180 / .pi
  }
}
