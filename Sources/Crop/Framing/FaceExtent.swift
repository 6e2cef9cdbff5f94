import Dataset
import Foundation
import Imaging

/// A face as framing sees it: where brows and chin are, how wide it is and how far it is turned.
///
/// The same four facts come from eyes and mouth or from a box alone, so that photographs and drawings, found by
/// different detectors, are framed by one rule. Proportions are those of the mean 68-point face: brows lie 0.41 of the
/// eye-mouth distance above the eyes, the chin 0.59 below the mouth, and the jaw is twice as wide as the eyes are apart.
struct FaceExtent: Equatable {
  /// The middle between brow line, chin and both cheeks, in source pixels.
  var center: Point
  /// From brow line to chin, in source pixels.
  var height: Double
  /// From cheek to cheek, in source pixels.
  var width: Double
  /// How far the eye line is turned, in degrees, clockwise positive.
  var roll: Double

  /// The extent of `face`, turned with it where `align` says so.
  init(of face: DetectedFace, align: CropSettings.Alignment) {
    let roll = align == .eyes ? (face.eyeRoll ?? 0) : 0
    self.roll = roll
    if let eyes = face.landmarks, let mouth = face.mouthCenter {
      let upright = AffineMap.rotation(degrees: -roll)
      let (left, right, lips) = (upright(eyes.leftEye), upright(eyes.rightEye), upright(mouth))
      let eyeLine = (left.y + right.y) / 2
      let apart = abs(right.x - left.x)
      // A turned head brings the eyes together but keeps eyes and mouth apart, so neither may rule alone.
      let down = max(lips.y - eyeLine, apart * 0.6)
      let (top, bottom) = (eyeLine - 0.41 * down, eyeLine + 1.59 * down)
      height = bottom - top
      width = max(2 * apart, 0.75 * height)
      let middle = Point(x: ((left.x + right.x) / 2 + lips.x) / 2, y: (top + bottom) / 2)
      center = AffineMap.rotation(degrees: roll)(middle)
    } else {
      center = face.extent.center
      (width, height) = (face.extent.width, face.extent.height)
    }
  }
}
