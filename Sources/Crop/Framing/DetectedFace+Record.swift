import Dataset
import Foundation
import Imaging

extension DetectedFace {
  /// The rotation of the eye line in degrees, clockwise positive, as alignment uses it; nil if unknown.
  var eyeRoll: Double? {
    guard let landmarks else { return roll }
    let (dx, dy) = (
      landmarks.rightEye.x - landmarks.leftEye.x, landmarks.rightEye.y - landmarks.leftEye.y
    )
    return atan2(dy, dx) * 180 / .pi
  }

  /// The face's size in pixels, comparable between detectors: the side of the square that OpenCV's frontal
  /// cascade would put around the face.
  ///
  /// It is 1.235 times the geometric mean of brow-to-chin and cheek-to-cheek.
  ///
  /// The boxes of different detectors differ by up to 20 %, these sizes by 1 % (medians over CelebA-HQ).
  /// YuNet's extents are 1.5 % smaller, so it has another factor.
  var size: Double {
    (detector == "yunet" ? 1.254 : 1.235) * (max(0, extent.width) * max(0, extent.height)).squareRoot()
  }

  /// The middle of the mouth, computed from its corners if these are known.
  var mouthCenter: Point? {
    if let left = landmarks?.leftMouth, let right = landmarks?.rightMouth {
      return Point(x: (left.x + right.x) / 2, y: (left.y + right.y) / 2)
    }
    return landmarks?.mouth
  }

  /// The face as the ledger and the manifest record it.
  ///
  /// Its extent is added when the crop is cut.
  var record: Sample.Face {
    var face = Sample.Face(
      detector: detector, score: score, box: box, landmarks: namedLandmarks, roll: eyeRoll,
      flags: isWrongDomain ? [.wrongDomain] : [])
    face.size = (size * 10).rounded() / 10
    return face
  }

  /// The detected points by name.
  private var namedLandmarks: Dataset.Landmarks {
    var named = Dataset.Landmarks()
    if let landmarks {
      named = Dataset.Landmarks(leftEye: landmarks.leftEye, rightEye: landmarks.rightEye)
      (named.nose, named.chin) = (landmarks.nose, landmarks.chin)
      (named.leftMouth, named.rightMouth) = (landmarks.leftMouth, landmarks.rightMouth)
      // If the corners are known, the middle was computed from them and not detected.
      if landmarks.leftMouth == nil { named.mouth = landmarks.mouth }
    }
    if points.count == 68 { named.outline = points }
    return named
  }
}
