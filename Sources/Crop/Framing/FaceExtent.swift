import Dataset
import Foundation
import Imaging

/// A face as framing sees it: where brows, eyes and chin are, how wide it is and how far it is turned.
///
/// The same facts come from 68 or 28 points, from eyes, mouth and chin, or from a box alone, so that photographs and drawings,
/// found by different detectors, are framed by one rule.
struct FaceExtent: Equatable {
  /// The middle between brow line, chin and both cheeks, in source pixels.
  var center: Point
  /// From brow line to chin, in source pixels.
  var height: Double
  /// From cheek to cheek, in source pixels.
  var width: Double
  /// How far the face is turned, in degrees, clockwise positive.
  var tilt: Double
  /// How far its crop is to be turned: as far as the face, or not at all.
  var roll: Double
  /// The middle between the eyes, in source pixels.
  var eyes: Point

  /// The face turned upright about its middle, in source pixels.
  var box: Box {
    Box(x: center.x - width / 2, y: center.y - height / 2, width: width, height: height)
  }

  /// The share of the face's height that lies below the eyes.
  private static let chinShare = LandmarkTemplate.chinBelowEyes / LandmarkTemplate.height

  /// The extent of `face`, for a crop that is turned as `align` says.
  ///
  /// A face is measured upright in any case: how large it is does not depend on how it is held.
  init(of face: DetectedFace, align: CropSettings.Alignment) {
    self.init(upright: face, fitted: align == .similarity)
    if align == .none { roll = 0 }
  }

  /// The extent of `face` in a crop that is turned with it.
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
      // A turned head brings the eyes together but keeps eyes and mouth apart, so neither may rule alone.
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
      // The box of a turned face is that of the face turned upright about its centre.
      let (middle, size) = (upright(face.extent.center), face.extent)
      let box = Box(
        x: middle.x - size.width / 2, y: middle.y - size.height / 2, width: size.width, height: size.height)
      let eyes = face.landmarks.map { upright([$0.leftEye, $0.rightEye].mean) }
      self.init(
        box: box, eyes: eyes ?? Point(x: middle.x, y: box.y + (1 - Self.chinShare) * box.height), roll: roll)
    }
  }

  /// The extent of the mean face where `fit` puts it.
  private init(fitted fit: AffineMap) {
    center = fit(Point(x: 0, y: LandmarkTemplate.height / 2 - LandmarkTemplate.browsAboveEyes))
    height = LandmarkTemplate.height * fit.scale
    width = 2 * (LandmarkTemplate.rightEye.x - LandmarkTemplate.leftEye.x) * fit.scale
    tilt = atan2(fit.d, fit.a) * 180 / .pi
    roll = tilt
    eyes = fit(Point(x: 0, y: 0))
  }

  /// An extent from places of the face turned upright about the source's first pixel.
  private init(box: Box, eyes: Point, roll: Double) {
    let turn = AffineMap.rotation(degrees: roll)
    center = turn(box.center)
    (height, width) = (box.height, box.width)
    (tilt, self.roll) = (roll, roll)
    self.eyes = turn(eyes)
  }
}

/// What 68 or 28 points of an upright face tell of it.
struct FaceParts {
  /// From brow line to chin, from cheek to cheek.
  let box: Box
  /// The middle between the eyes.
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
    // Each eye counts as one place, however many points it has.
    eyes = [Array(points[left]).mean, Array(points[right]).mean].mean
  }
}
