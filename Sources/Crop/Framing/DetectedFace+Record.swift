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

  /// The face as the ledger and the manifest keep it.
  var record: Sample.Face {
    let points: [Point?] =
      landmarks.map {
        [$0.leftEye, $0.rightEye, $0.nose]
          + ($0.leftMouth == nil ? [$0.mouth] : [$0.leftMouth, $0.rightMouth]) + [$0.chin]
      } ?? []
    return Sample.Face(
      detector: detector, score: score, box: box, landmarks: points.compactMap { $0 }, roll: eyeRoll,
      flags: isWrongDomain ? [.wrongDomain] : [])
  }
}
