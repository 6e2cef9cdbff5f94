public import Imaging

/// The square of the source, possibly rotated, that a crop shows.
public struct CropSquare: Sendable, Equatable {
  /// The square's center in source pixels.
  public var center: Point
  /// The square's side in source pixels.
  public var side: Double
  /// The square's rotation in degrees, clockwise positive.
  public var roll: Double

  /// A square from its fields.
  package init(center: Point, side: Double, roll: Double) {
    (self.center, self.side, self.roll) = (center, side, roll)
  }

  /// The square that `rule` puts around a face.
  init(_ rule: FramingRule, around extent: FaceExtent) {
    roll = extent.roll
    let (height, move) = (extent.height, rule.move)
    let plain = max(rule.heights * height, rule.widths * extent.width)
    side = plain * move.zoom
    // Towards the top of the head, whether the crop is rotated with the face or not.
    let up = AffineMap.rotation(degrees: extent.tilt)(Point(x: 0, y: rule.drop * height + rule.down * plain))
    let shift = AffineMap.rotation(degrees: roll)(Point(x: move.right * side, y: move.down * side))
    center = Point(x: extent.center.x + up.x + shift.x, y: extent.center.y + up.y + shift.y)
  }

  /// The map from source pixels to the pixels of a crop of `size` x `size` pixels.
  public func map(toSide size: Int) -> AffineMap {
    let scale = Double(size) / side
    // Whole numbers are pixel centers, so the square's edge is half a pixel before the first center.
    let half = Double(size) / 2 - 0.5
    return AffineMap.translation(x: -center.x, y: -center.y)
      .then(.rotation(degrees: -roll))
      .then(.scaling(scale))
      .then(.translation(x: half, y: half))
  }
}
