import Dataset
import Foundation
import Imaging

/// The measures of a face that framing needs: position, height from brows to chin, width and rotation.
///
/// They can be computed from 68 or 28 points, from eyes, mouth and chin, or from a box alone. So photographs
/// and anime are framed by the same rule, although different detectors find their faces.
struct FaceExtent: Equatable {
  /// The center between brow line, chin and both cheeks, in source pixels.
  var center: Point
  /// From brow line to chin, in source pixels.
  var height: Double
  /// From cheek to cheek, in source pixels.
  var width: Double
  /// The rotation of the face in degrees, clockwise positive.
  var tilt: Double
  /// The rotation of its crop in degrees: that of the face, or 0.
  var roll: Double
  /// The midpoint between the eyes, in source pixels.
  var eyes: Point

  /// The box of the face after it is rotated upright about its center, in source pixels.
  var box: Box {
    Box(x: center.x - width / 2, y: center.y - height / 2, width: width, height: height)
  }

  /// The share of the face's height that is below the eyes.
  private static let chinShare = LandmarkTemplate.chinBelowEyes / LandmarkTemplate.height

  /// An extent from its fields.
  init(center: Point, height: Double, width: Double, tilt: Double, roll: Double, eyes: Point) {
    (self.center, self.height, self.width) = (center, height, width)
    (self.tilt, self.roll, self.eyes) = (tilt, roll, eyes)
  }

  /// The extent of `face`, for a crop that is rotated as `align` says.
  ///
  /// The face is always measured upright, so its size does not depend on its rotation.
  init(of face: DetectedFace, align: CropSettings.Alignment) {
    self.init(upright: face, fitted: align == .similarity)
    if align == .none { roll = 0 }
  }

  /// The extent of `face` in a crop that is rotated with it.
  private init(upright face: DetectedFace, fitted: Bool) {
    if fitted, let fit = face.landmarks.flatMap(LandmarkTemplate.fit) {
      self.init(fitted: fit)
      return
    }
    let roll = face.eyeRoll ?? 0
    let upright = AffineMap.rotation(degrees: -roll)
    if let parts = FaceParts(face.points.map { upright($0) }) {
      self.init(box: parts.box, eyes: parts.eyes, roll: roll)
    } else if let eyes = face.landmarks, let mouth = face.mouthCenter {
      let (left, right, lips) = (upright(eyes.leftEye), upright(eyes.rightEye), upright(mouth))
      let middle = [left, right].mean
      let apart = abs(right.x - left.x)
      // In profile the distance between the eyes shrinks but the distance from eyes to mouth does not, so
      // both are used.
      let down = max(lips.y - middle.y, apart * 0.6)
      let chin = eyes.chin.map { upright($0).y - middle.y }.flatMap { $0 > down ? $0 : nil }
      let below = chin ?? LandmarkTemplate.chinBelowEyes * down
      let height = below / Self.chinShare
      let width = max(2 * apart, 0.75 * height)
      self.init(
        box: Box(
          x: (middle.x + lips.x) / 2 - width / 2, y: middle.y + below - height, width: width, height: height),
        eyes: middle, roll: roll)
    } else {
      // The box of a rotated face is the box after the face is rotated upright about its center.
      let (middle, size) = (upright(face.extent.center), face.extent)
      let box = Box(
        x: middle.x - size.width / 2, y: middle.y - size.height / 2, width: size.width, height: size.height)
      let eyes = face.landmarks.map { upright([$0.leftEye, $0.rightEye].mean) }
      self.init(
        box: box, eyes: eyes ?? Point(x: middle.x, y: box.y + (1 - Self.chinShare) * box.height), roll: roll)
    }
  }

  /// The extent of the mean face after `fit` maps it to source pixels.
  private init(fitted fit: AffineMap) {
    center = fit(Point(x: 0, y: LandmarkTemplate.height / 2 - LandmarkTemplate.browsAboveEyes))
    height = LandmarkTemplate.height * fit.scale
    width = 2 * (LandmarkTemplate.rightEye.x - LandmarkTemplate.leftEye.x) * fit.scale
    tilt = atan2(fit.d, fit.a) * 180 / .pi
    roll = tilt
    eyes = fit(Point(x: 0, y: 0))
  }

  /// An extent from positions after the face is rotated upright about the source's first pixel.
  private init(box: Box, eyes: Point, roll: Double) {
    let turn = AffineMap.rotation(degrees: roll)
    center = turn(box.center)
    (height, width) = (box.height, box.width)
    (tilt, self.roll) = (roll, roll)
    self.eyes = turn(eyes)
  }
}

/// The measures of an upright face that follow from its 68 or 28 points.
struct FaceParts {
  /// The box from brow line to chin and from cheek to cheek.
  let box: Box
  /// The midpoint between the eyes.
  let eyes: Point

  /// - Parameter points: 68 in iBUG's order (jaw, brows, nose, eyes, mouth) or 28 in hysts's (jaw, brows, eyes, nose, mouth);
  ///   nil for any other number.
  init?(_ points: [Point]) {
    let (left, right): (Range<Int>, Range<Int>)
    switch points.count {
    case 68: (left, right) = (36..<42, 42..<48)
    case 28: (left, right) = (11..<17, 17..<23)
    default: return nil
    }
    let (xs, ys) = (points.map(\.x).sorted(), points.map(\.y).sorted())
    let last = points.count - 1
    box = Box(x: xs[0], y: ys[0], width: xs[last] - xs[0], height: ys[last] - ys[0])
    // Both eyes have the same weight, however many points they have.
    eyes = [Array(points[left]).mean, Array(points[right]).mean].mean
  }
}
