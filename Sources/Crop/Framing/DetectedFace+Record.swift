import Dataset
import Foundation
import Imaging

extension DetectedFace {
  /// How far the eye line is turned, in degrees, clockwise positive, as alignment takes it.
  var eyeRoll: Double? {
    guard let landmarks else { return roll }
    let (dx, dy) = (
      landmarks.rightEye.x - landmarks.leftEye.x, landmarks.rightEye.y - landmarks.leftEye.y
    )
    return atan2(dy, dx) * 180 / .pi
  }

  /// The middle of the mouth, from its corners where the detector gives those.
  var mouthCenter: Point? {
    if let left = landmarks?.leftMouth, let right = landmarks?.rightMouth {
      return Point(x: (left.x + right.x) / 2, y: (left.y + right.y) / 2)
    }
    return landmarks?.mouth
  }

  /// The face as the ledger and the manifest keep it; its extent is known once it is cut.
  var record: Sample.Face {
    Sample.Face(
      detector: detector, score: score, box: box, landmarks: namedLandmarks, roll: eyeRoll,
      flags: isWrongDomain ? [.wrongDomain] : [])
  }

  /// The points that the detectors found, by name.
  private var namedLandmarks: Dataset.Landmarks {
    var named = Dataset.Landmarks()
    if let landmarks {
      named = Dataset.Landmarks(leftEye: landmarks.leftEye, rightEye: landmarks.rightEye)
      (named.nose, named.chin) = (landmarks.nose, landmarks.chin)
      (named.leftMouth, named.rightMouth) = (landmarks.leftMouth, landmarks.rightMouth)
      // Where the corners are known, the middle follows from them and was not found by itself.
      if landmarks.leftMouth == nil { named.mouth = landmarks.mouth }
    }
    if points.count == 68 { named.outline = points }
    return named
  }
}
