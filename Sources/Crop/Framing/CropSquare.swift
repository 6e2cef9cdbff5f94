import Dataset
import Foundation
import Imaging

/// A square in the source, possibly turned, that becomes a crop.
struct CropSquare: Equatable {
  /// The square's middle in source pixels.
  var center: Point
  /// The square's side in source pixels.
  var side: Double
  /// How far the square is turned, in degrees, clockwise positive.
  var roll: Double

  /// A square from its fields.
  init(center: Point, side: Double, roll: Double) {
    (self.center, self.side, self.roll) = (center, side, roll)
  }

  /// The square that `rule` puts around a face.
  init(_ rule: FramingRule, around extent: FaceExtent) {
    roll = extent.roll
    let (height, move) = (extent.height, rule.move)
    let plain = max(rule.heights * height, rule.widths * extent.width)
    side = plain * move.zoom
    // Towards the head's own top, whichever way the crop is held.
    let up = AffineMap.rotation(degrees: extent.tilt)(Point(x: 0, y: rule.drop * height + rule.down * plain))
    let shift = AffineMap.rotation(degrees: roll)(Point(x: move.right * side, y: move.down * side))
    center = Point(x: extent.center.x + up.x + shift.x, y: extent.center.y + up.y + shift.y)
  }

  /// Source pixels to the pixels of a crop of `size` a side.
  func map(toSide size: Int) -> AffineMap {
    let scale = Double(size) / side
    // Whole numbers are pixel centres: the square's edge lies half a pixel before the first centre.
    let half = Double(size) / 2 - 0.5
    return AffineMap.translation(x: -center.x, y: -center.y)
      .then(.rotation(degrees: -roll))
      .then(.scaling(scale))
      .then(.translation(x: half, y: half))
  }

  /// The share of the square for whose places `isThere` holds, 0 to 1, taken at 32 x 32 places.
  func share(where isThere: (Point) -> Bool) -> Double {
    guard let back = map(toSide: 32).inverse else { return 0 }
    var count = 0
    for y in 0..<32 {
      for x in 0..<32 where isThere(back(Point(x: Double(x), y: Double(y)))) { count += 1 }
    }
    return Double(count) / 1024
  }
}
