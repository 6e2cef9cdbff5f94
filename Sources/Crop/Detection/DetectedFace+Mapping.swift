internal import Foundation
internal import Imaging

extension DetectedFace {
  /// The same face in the pixels of another image; `map` may turn, scale and move.
  ///
  /// Boxes keep their middle and their size but are not turned; a roll that nothing else tells is the map's own.
  func mapped(by map: AffineMap) -> DetectedFace {
    var face = self
    face.box = box.mapped(by: map)
    face.extent = extent.mapped(by: map)
    face.landmarks = landmarks?.mapped(by: map)
    face.points = points.map { map($0) }
    if let eyes = face.landmarks {
      face.roll = AffineMap.angle(from: eyes.leftEye, to: eyes.rightEye)
    } else {
      let turned = atan2(map.d, map.a) * 180 / .pi
      if roll != nil || abs(turned) > 1e-6 { face.roll = (roll ?? 0) + turned }
    }
    return face
  }
}

extension DetectedFace.Landmarks {
  /// Eyes, nose, mouth corners, left ones first.
  ///
  /// - Precondition: There are five.
  init(five points: [Point]) {
    precondition(points.count == 5, "five points")
    self.init(leftEye: points[0], rightEye: points[1])
    (nose, leftMouth, rightMouth) = (points[2], points[3], points[4])
    mouth = Point(x: (points[3].x + points[4].x) / 2, y: (points[3].y + points[4].y) / 2)
  }

  fileprivate func mapped(by map: AffineMap) -> Self {
    var result = Self(leftEye: map(leftEye), rightEye: map(rightEye))
    result.nose = nose.map { map($0) }
    result.mouth = mouth.map { map($0) }
    result.leftMouth = leftMouth.map { map($0) }
    result.rightMouth = rightMouth.map { map($0) }
    result.chin = chin.map { map($0) }
    return result
  }
}

extension Box {
  /// The part of this box that starts `left` and `top` from its corner and has `width` and `height`, all in shares of the box.
  ///
  /// It makes a detector's box the `extent` of a face: the shares are medians over some 55 faces with landmarks each (selfies and
  /// press photos, or drawn faces), where brows, chin and cheeks follow from eyes and mouth as in `FaceExtent`.
  func part(left: Double, top: Double, width: Double, height: Double) -> Box {
    Box(
      x: x + left * self.width, y: y + top * self.height, width: width * self.width,
      height: height * self.height)
  }
}

extension AffineMap {
  /// The direction from one place to another in degrees, 0 to the right, clockwise positive.
  static func angle(from start: Point, to end: Point) -> Double {
    atan2(end.y - start.y, end.x - start.x) * 180 / .pi
  }
}
