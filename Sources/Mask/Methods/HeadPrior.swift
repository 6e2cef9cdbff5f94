public import Dataset
import Foundation
public import Imaging

/// The position of a face in a crop, in crop pixels.
public struct FaceGuide: Sendable, Equatable {
  /// The face, about brow to chin.
  public var box: Box
  /// Its points, as far as they are known.
  public var landmarks: Landmarks

  /// A face from its box and landmarks.
  public init(box: Box, landmarks: Landmarks = Landmarks()) { (self.box, self.landmarks) = (box, landmarks) }

  /// The face of a crop as its record has it: from its extent, or from the detector's box where that is all that is known.
  ///
  /// - Parameters:
  ///   - face: The face, its extent in pixels of the crop.
  ///   - map: Source pixels to crop pixels.
  ///   - shape: What kind of head it is.
  public init(_ face: Sample.Face, in map: AffineMap, shape: HeadShape) {
    let extent = face.extent ?? face.box.mapped(by: map)
    self.init(extent: extent, shape: shape)
    landmarks = face.landmarks.mapped(by: map)
  }

  /// The face of a square image of a head about which nothing is known: where the framing photo2cartoon puts it.
  public static func framed(_ size: PixelSize, shape: HeadShape = .unknown) -> FaceGuide {
    let side = Double(min(size.width, size.height))
    let (height, middle) = (0.476 * side, Double(size.height) / 2 + 0.119 * side)
    return FaceGuide(
      extent: Box(
        x: (Double(size.width) - height) / 2, y: middle - height / 2, width: height, height: height),
      shape: shape)
  }

  /// A face of which the detector's extent is known.
  ///
  /// Drawn faces are higher up and smaller than the extent that follows from their detectors' boxes: by 0.145 of it, and
  /// 0.84 times as large, on average over 13 sprites.
  private init(extent: Box, shape: HeadShape) {
    let isDrawn = shape == .drawing
    let center = extent.center
    self.init(
      box: Self.square(
        Point(x: center.x, y: center.y - (isDrawn ? 0.145 * extent.height : 0)),
        side: extent.height * (isDrawn ? 0.84 : 1)))
  }

  /// The same face in an image that `map` leads to; the box stays upright and keeps its area.
  public func mapped(by map: AffineMap) -> FaceGuide {
    FaceGuide(box: box.mapped(by: map), landmarks: landmarks.mapped(by: map))
  }

  /// The face from brow to chin: from its points where they are enough, because what a box covers differs from detector to
  /// detector, else the box.
  var measured: Box {
    guard let eyes = landmarks.eyes else { return box }
    // Only the detector of drawn faces finds a chin.
    if landmarks.chin != nil { return drawn(eyes.left, eyes.right) }
    guard let corners = landmarks.mouthCorners else { return box }
    let (middle, mouth) = (eyes.left.middle(to: eyes.right), corners.left.middle(to: corners.right))
    // From the eyes to the mouth are 0.53 of the way from brow to chin, and the middle is 0.35 of it below the eyes. A face
    // turned up or down shows a shorter way; its eyes are then further apart than that way is long.
    let way = max(middle.distance(to: mouth), 0.8 * eyes.left.distance(to: eyes.right))
    guard way > 1 else { return box }
    let along = 0.35 / 0.53
    return Self.square(
      Point(x: middle.x + (mouth.x - middle.x) * along, y: middle.y + (mouth.y - middle.y) * along),
      side: way / 0.53)
  }

  /// A drawn face by its eyes: its mouth may be anywhere, and the detector only estimates the chin.
  ///
  /// Over 13 sprites the distance of the eyes is 0.78 of the way from brow to chin, and the middle is 0.21 of it below them.
  private func drawn(_ left: Point, _ right: Point) -> Box {
    let (eyes, apart) = (left.middle(to: right), left.distance(to: right))
    guard apart > 1 else { return box }
    // A face in profile shows its eyes near each other.
    let unit = max(apart * 1.28, 0.75 * box.height)
    let (x, y) = ((right.x - left.x) / apart, (right.y - left.y) / apart)
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

/// The average size of a head with its hair, in face heights (brow to chin) from between the eyes.
public enum HeadShape: Sendable {
  /// Photographed heads.
  case photo
  /// Drawn heads, whose hair is large.
  case drawing
  /// Either.
  case unknown

  /// Half the width, and the height above the eyes, at which foreground and background are equally likely.
  fileprivate var reach: (side: Double, up: Double) {
    switch self {
    case .photo: (0.85, 1.1)
    case .drawing: (1.2, 1.4)
    case .unknown: (1.0, 1.2)
    }
  }
}

/// The foreground probability of each pixel by its position relative to the face.
struct HeadPrior {
  /// Log odds of foreground against background, one value a pixel.
  var logOdds: [Float]
  /// Fixed labels, such as foreground for the inner face; nil for pixels whose colour counts.
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
