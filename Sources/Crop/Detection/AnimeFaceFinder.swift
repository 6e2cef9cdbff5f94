internal import Imaging
internal import Vision

/// Detects anime faces with animeface's neural networks, with eyes, nose, mouth and chin.
struct AnimeFaceFinder: FaceFinder {
  let name = "animeface"
  let library: AnimeFaceLibrary
  /// Faces with a lower score are ignored.
  var minScore = 0.5

  func find(in image: ImageBuffer) throws -> [DetectedFace] {
    try library.detect(in: image, threshold: minScore).map { face in
      // The library's left is the character's left; ours is the image's left.
      var landmarks = DetectedFace.Landmarks(leftEye: face.rightEye.center, rightEye: face.leftEye.center)
      (landmarks.nose, landmarks.mouth, landmarks.chin) = (face.nose, face.mouth.center, face.chin)
      return DetectedFace(
        detector: name, score: face.likelihood, box: face.box,
        extent: face.box.part(left: -0.024, top: 0.235, width: 1.006, height: 0.684), landmarks: landmarks,
        roll: AffineMap.angle(from: landmarks.leftEye, to: landmarks.rightEye))
    }
  }
}
