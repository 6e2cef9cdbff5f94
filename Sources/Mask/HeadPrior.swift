public import Dataset
import Foundation
public import Imaging

/// Where a face lies in a crop, in crop pixels.
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
  /// photo2cartoon's framing has the brows at 0.38 and the chin at 0.86 of the crop's height.
  public static func framed(
    _ size: PixelSize, _ framing: CropSettings.Framing = .photo2cartoon, landmarks: [Point] = []
  ) -> FaceGuide {
    let side = Double(min(size.width, size.height))
    let (share, down) =
      switch framing {
      case .photo2cartoon: (0.476, 0.138)
      case .danbooru: (1 / 1.75, 0.35 / 1.75)
      case .box(let factor): (1 / factor, 0)
      }
    let height = side * share
    return FaceGuide(
      box: Box(
        x: (Double(size.width) - height) / 2, y: Double(size.height) / 2 + side * down - height / 2,
        width: height, height: height), landmarks: landmarks)
  }

  /// The same face in an image that `map` leads to; the box stays upright and keeps its area.
  public func mapped(by map: AffineMap) -> FaceGuide {
    let center = map(box.center)
    let (width, height) = (box.width * map.scale, box.height * map.scale)
    return FaceGuide(
      box: Box(x: center.x - width / 2, y: center.y - height / 2, width: width, height: height),
      landmarks: landmarks.map { map($0) })
  }

  /// A face of `factor` times the size at the same place.
  func scaled(by factor: Double) -> FaceGuide {
    let (width, height) = (box.width * factor, box.height * factor)
    return FaceGuide(
      box: Box(
        x: box.center.x - width / 2, y: box.center.y - height / 2, width: width, height: height),
      landmarks: landmarks)
  }
}

/// How likely each pixel is figure, told by its place about the face alone.
struct HeadPrior {
  /// Log odds of figure against background, a value a pixel.
  let logOdds: [Float]
  /// Pixels that are figure whatever their colour: the inner face.
  let certain: [Bool]

  /// The prior of a crop of `size` around `face`: an ellipse for the head with its hair, below it neck and shoulders.
  ///
  /// Lengths are in face heights: hair reaches 1.1 of them up from between the eyes and 1 to either side; shoulders
  /// begin at 0.75 and widen.
  init(_ face: FaceGuide, size: PixelSize) {
    let unit = max(2, (face.box.height + face.box.width) / 2)
    let center = face.box.center
    var logOdds = [Float](repeating: 0, count: size.area)
    var certain = [Bool](repeating: false, count: size.area)
    for y in 0..<size.height {
      let fromCenter = (Double(y) - center.y) / unit
      let fromBrow = fromCenter + 0.2
      let vertical = fromBrow / (fromBrow < 0 ? 1.1 : 1.05)
      let belowChin = fromCenter - 0.5
      for x in 0..<size.width {
        let aside = (Double(x) - center.x) / unit
        var value = 5 * (1.15 - (aside * aside + vertical * vertical).squareRoot())
        if belowChin > -0.3 {
          value = max(value, 3 * (1 - abs(aside) / (0.75 + 0.9 * max(0, belowChin))))
        }
        let index = y * size.width + x
        logOdds[index] = Float(min(max(value, -4), 3))
        let (across, down) = (aside / 0.42, fromCenter / 0.45)
        certain[index] = across * across + down * down < 1
      }
    }
    (self.logOdds, self.certain) = (logOdds, certain)
  }
}
