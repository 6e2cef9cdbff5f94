internal import Foundation
internal import Imaging

extension DetectedFace {
  /// The same face in the pixels of another image; `map` may rotate, scale and move.
  ///
  /// Boxes are moved and scaled but not rotated. Without eyes, the map's rotation is added to the face's
  /// roll.
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
  /// Landmarks from eyes, nose and mouth corners, left before right.
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
  /// The part of this box that starts at `left`, `top` and has `width` and `height`, all as shares of the
  /// box's size.
  ///
  /// It turns a detector's box into the `extent` of a face. Each detector's shares are medians over about 55
  /// faces with landmarks (selfies and press photos, or anime faces). For these, brows, chin and cheeks
  /// follow from eyes and mouth as in `FaceExtent`.
  func part(left: Double, top: Double, width: Double, height: Double) -> Box {
    Box(
      x: x + left * self.width, y: y + top * self.height, width: width * self.width,
      height: height * self.height)
  }
}

extension AffineMap {
  /// The direction from one point to another in degrees; 0 is to the right, clockwise is positive.
  static func angle(from start: Point, to end: Point) -> Double {
    atan2(end.y - start.y, end.x - start.x) * 180 / .pi
  }
}
