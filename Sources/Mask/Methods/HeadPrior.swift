public import Dataset
import Foundation
public import Imaging

/// The position of a face in a crop, in crop pixels.
public struct FaceGuide: Sendable, Equatable {
  /// The face, about from brow to chin.
  public var box: Box
  /// The known landmarks of the face.
  public var landmarks: Landmarks

  /// A face with the given box and landmarks.
  public init(box: Box, landmarks: Landmarks = Landmarks()) { (self.box, self.landmarks) = (box, landmarks) }

  /// The face of a crop from its record: from its extent, or from the detector's box if the extent is unknown.
  ///
  /// - Parameters:
  ///   - face: The face; its extent is in crop pixels.
  ///   - map: The map from source pixels to crop pixels.
  ///   - shape: The kind of head.
  public init(_ face: Sample.Face, in map: AffineMap, shape: HeadShape) {
    let extent = face.extent ?? face.box.mapped(by: map)
    self.init(extent: extent, shape: shape)
    landmarks = face.landmarks.mapped(by: map)
  }

  /// The assumed face of a head image without further information: its position in photo2cartoon's framing.
  public static func framed(_ size: PixelSize, shape: HeadShape = .unknown) -> FaceGuide {
    let side = Double(min(size.width, size.height))
    let (height, middle) = (0.476 * side, Double(size.height) / 2 + 0.119 * side)
    return FaceGuide(
      extent: Box(
        x: (Double(size.width) - height) / 2, y: middle - height / 2, width: height, height: height),
      shape: shape)
  }

  /// The face for an extent that was estimated from a detector's box.
  ///
  /// Anime faces are 0.84 times as large as this extent, and 0.145 of its height further up, on average over 13 sprites.
  private init(extent: Box, shape: HeadShape) {
    let isAnime = shape == .anime
    let center = extent.center
    self.init(
      box: Self.square(
        Point(x: center.x, y: center.y - (isAnime ? 0.145 * extent.height : 0)),
        side: extent.height * (isAnime ? 0.84 : 1)))
  }

  /// The face in the pixels of the image that `map` maps to; the box remains upright and keeps its area.
  public func mapped(by map: AffineMap) -> FaceGuide {
    FaceGuide(box: box.mapped(by: map), landmarks: landmarks.mapped(by: map))
  }

  /// The face from brow to chin: from its landmarks if possible, because detectors' boxes differ; else the box.
  var measured: Box {
    guard let eyes = landmarks.eyes else { return box }
    // Only the anime detector finds a chin.
    if landmarks.chin != nil { return animeFace(eyes.left, eyes.right) }
    guard let corners = landmarks.mouthCorners else { return box }
    let (middle, mouth) = (eyes.left.middle(to: eyes.right), corners.left.middle(to: corners.right))
    // The distance from eyes to mouth is 0.53 of the face's height, and its centre is 0.35 of the height below the eyes. In a
    // face that is turned up or down this distance is too short, so the distance of the eyes sets a lower limit.
    let eyesToMouth = max(middle.distance(to: mouth), 0.8 * eyes.left.distance(to: eyes.right))
    guard eyesToMouth > 1 else { return box }
    let along = 0.35 / 0.53
    return Self.square(
      Point(x: middle.x + (mouth.x - middle.x) * along, y: middle.y + (mouth.y - middle.y) * along),
      side: eyesToMouth / 0.53)
  }

  /// An anime face from its eyes; the mouth's position varies, and the detector only estimates the chin.
  ///
  /// Over 13 sprites, the distance of the eyes is 0.78 of the face's height, and its centre is 0.21 of it below the eyes.
  private func animeFace(_ left: Point, _ right: Point) -> Box {
    let (eyes, eyeDistance) = (left.middle(to: right), left.distance(to: right))
    guard eyeDistance > 1 else { return box }
    // In profile the eyes are close together, so the box sets a lower limit.
    let unit = max(eyeDistance * 1.28, 0.75 * box.height)
    let (x, y) = ((right.x - left.x) / eyeDistance, (right.y - left.y) / eyeDistance)
    return Self.square(Point(x: eyes.x - y * 0.21 * unit, y: eyes.y + x * 0.21 * unit), side: unit)
  }

  private static func square(_ center: Point, side: Double) -> Box {
    Box(x: center.x - side / 2, y: center.y - side / 2, width: side, height: side)
  }
}

extension Point {
  fileprivate func middle(to other: Point) -> Point {
    Point(x: (x + other.x) / 2, y: (y + other.y) / 2)
  }
}

/// The kind of head, which decides its average size with hair.
public enum HeadShape: Sendable {
  /// A head in a photo.
  case photo
  /// An anime head, which has more hair.
  case anime
  /// An unknown kind of head.
  case unknown

  /// Half the width, and the height above the eyes, at which foreground and background are equally likely, in face heights
  /// (brow to chin).
  fileprivate var reach: (side: Double, up: Double) {
    switch self {
    case .photo: (0.85, 1.1)
    case .anime: (1.2, 1.4)
    case .unknown: (1.0, 1.2)
    }
  }
}

/// The foreground probability of each pixel by its position relative to the face.
struct HeadPrior {
  /// The log odds of foreground against background, one value for each pixel.
  var logOdds: [Float]
  /// The fixed labels, such as foreground for the inner face; nil for pixels that are not fixed.
  var fixedLabels: [Bool?]

  /// The prior of a crop of `size` around `face`.
  ///
  /// It is an ellipse for the head with its hair, and neck and shoulders below it, which start at a half width of
  /// 0.75 face heights and widen downwards. The ellipse is `scale` times the average one.
  init(_ face: FaceGuide, _ shape: HeadShape, size: PixelSize, scale: Double = 1) {
    let box = face.measured
    let unit = max(2, (box.height + box.width) / 2)
    let center = box.center
    let reach = (side: shape.reach.side * scale, up: shape.reach.up * scale)
    var logOdds = [Float](repeating: 0, count: size.area)
    var fixedLabels = [Bool?](repeating: nil, count: size.area)
    for y in 0..<size.height {
      let fromCenter = (Double(y) - center.y) / unit
      let fromEyes = fromCenter + 0.2
      let down = fromEyes / (fromEyes < 0 ? reach.up : 1.25)
      let belowChin = fromCenter - 0.5
      for x in 0..<size.width {
        let aside = abs(Double(x) - center.x) / unit
        let across = aside / reach.side
        var value = 7 * (1 - (across * across + down * down).squareRoot())
        if belowChin > -0.3 {
          value = max(value, 3 * (1 - aside / (0.75 + 0.9 * max(0, belowChin))))
        }
        let index = y * size.width + x
        logOdds[index] = Float(min(max(value, -4), 3))
        let (inAside, inDown) = (aside / 0.42, fromCenter / 0.45)
        if inAside * inAside + inDown * inDown < 1 { fixedLabels[index] = true }
      }
    }
    (self.logOdds, self.fixedLabels) = (logOdds, fixedLabels)
  }
}
