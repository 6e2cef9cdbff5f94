public import Dataset
import Foundation
public import Imaging

/// The position of a face in a crop, in crop pixels.
public struct FaceGuide: Sendable, Equatable {
  /// The face, about brow to chin.
  public var box: Box
  /// Eyes, nose, mouth corners, as far as they are known.
  public var landmarks: [Point]

  /// A face from its box and landmarks.
  public init(box: Box, landmarks: [Point] = []) { (self.box, self.landmarks) = (box, landmarks) }

  /// The face that a crop of `size` has by its framing, which says more than a detector's box: boxes differ from
  /// detector to detector, the framing puts every face at the same place.
  ///
  /// photo2cartoon's framing has a photographed face's brows at 0.38 and the chin at 0.86 of the crop's height. Drawn
  /// faces lie higher and are smaller in their detectors' boxes: 0.35 and 0.75 are the means of 13 sprites.
  public static func framed(
    _ size: PixelSize, _ framing: CropSettings.Framing = .photo2cartoon, shape: HeadShape = .unknown,
    landmarks: [Point] = []
  ) -> FaceGuide {
    let side = Double(min(size.width, size.height))
    let (share, down) =
      switch framing {
      case .photo2cartoon, .matched: (0.476, 0.119)
      case .margins(let up, let down, _): (1 / (1 + up + down), (up - down) / 2 / (1 + up + down))
      case .ffhq: (0.553, 0.154)
      case .arcface: (0.735, 0.209)
      case .danbooru: (1 / 1.75, 0.35 / 1.75)
      case .box(let factor): (1 / factor, 0)
      }
    let isDrawn = shape == .drawing
    let height = side * share * (isDrawn ? 0.84 : 1)
    let middle = Double(size.height) / 2 + side * (down - (isDrawn ? 0.145 * share : 0))
    return FaceGuide(
      box: Box(
        x: (Double(size.width) - height) / 2, y: middle - height / 2, width: height, height: height),
      landmarks: landmarks)
  }

  /// The same face in an image that `map` leads to; the box stays upright and keeps its area.
  public func mapped(by map: AffineMap) -> FaceGuide {
    let center = map(box.center)
    let (width, height) = (box.width * map.scale, box.height * map.scale)
    return FaceGuide(
      box: Box(x: center.x - width / 2, y: center.y - height / 2, width: width, height: height),
      landmarks: landmarks.map { map($0) })
  }

  /// The face from brow to chin: by its landmarks where there are five, because what a box covers differs from
  /// detector to detector, else the box.
  ///
  /// The last two are the corners of a photographed face's mouth, or a drawn one's mouth and chin.
  var measured: Box {
    guard landmarks.count >= 5 else { return box }
    let eyes = landmarks[0].middle(to: landmarks[1])
    let apart = landmarks[0].distance(to: landmarks[1])
    guard !endsWithChin else { return drawn(eyes: eyes, apart: apart) }
    let mouth = landmarks[3].middle(to: landmarks[4])
    // From the eyes to the mouth are 0.53 of the way from brow to chin, and the middle lies 0.35 of it below the
    // eyes. A face turned up or down shows a shorter way; its eyes are then further apart than that way is long.
    let way = max(eyes.distance(to: mouth), 0.8 * apart)
    guard way > 1 else { return box }
    let along = 0.35 / 0.53
    return Self.square(
      Point(x: eyes.x + (mouth.x - eyes.x) * along, y: eyes.y + (mouth.y - eyes.y) * along), side: way / 0.53)
  }

  /// Whether the last landmark lies below the one before it, as a chin below a mouth, and not beside it.
  ///
  /// In profile the corners of a mouth nearly meet, but a chin is always some way off.
  private var endsWithChin: Bool {
    let (way, line) = (landmarks[3].way(to: landmarks[4]), landmarks[0].way(to: landmarks[1]))
    let (along, across) = (abs(way.x * line.x + way.y * line.y), abs(way.x * line.y - way.y * line.x))
    let eyes = landmarks[0].middle(to: landmarks[1])
    return across > along
      && landmarks[3].distance(to: landmarks[4]) > 0.25 * eyes.distance(to: landmarks[3])
  }

  /// A drawn face by its eyes: its mouth may be anywhere, and chins are guessed.
  ///
  /// Of 13 sprites the eyes are 0.78 of the way from brow to chin apart, and the middle lies 0.21 of it below them.
  private func drawn(eyes: Point, apart: Double) -> Box {
    guard apart > 1 else { return box }
    // A face in profile shows its eyes near each other.
    let unit = max(apart * 1.28, 0.75 * box.height)
    let (x, y) = (
      (landmarks[1].x - landmarks[0].x) / apart, (landmarks[1].y - landmarks[0].y) / apart
    )
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

  fileprivate func way(to other: Point) -> Point { Point(x: other.x - x, y: other.y - y) }
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
