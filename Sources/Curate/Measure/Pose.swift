import Dataset
import Foundation
import Imaging

/// The pose of a head, estimated from landmarks.
enum Pose {
  /// The distance of the tip of the nose from the plane of the eyes, in distances between the eyes: 0.6 in the mean face of
  /// three-dimensional models with 68 points.
  private static let depth = 0.6

  /// The yaw in degrees, positive to the right of the image, from the nose's position between the eyes; nil without eyes and
  /// nose.
  ///
  /// With yaw, the distance of the eyes is scaled by cos(yaw) and the nose is shifted by sin(yaw) * depth, so the tangent is
  /// their ratio. For anime it is only a rough estimate.
  static func yaw(_ face: Sample.Face) -> Double? {
    guard let (left, right) = face.landmarks.eyes, let nose = face.landmarks.nose else { return nil }
    let (dx, dy) = (right.x - left.x, right.y - left.y)
    let square = dx * dx + dy * dy
    guard square > 1 else { return nil }
    // The position along the line of the eyes does not depend on roll.
    let along = ((nose.x - left.x) * dx + (nose.y - left.y) * dy) / square - 0.5
    return atan(along / depth) * 180 / .pi
  }
}
