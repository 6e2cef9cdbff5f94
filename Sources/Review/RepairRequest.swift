import Dataset
import Foundation
import Imaging

/// What the page posts to change one sample.
struct RepairRequest: Decodable {
  /// The kinds of change that come as JSON; strokes come as a picture.
  enum Kind: String, Decodable { case frame, method, carried }

  /// The version that the person saw.
  let version: Int
  let kind: Kind
  /// Source pixels to crop pixels; nil for the framing's own.
  let matrix: AffineMap?
  /// The number among the found faces of the one that they chose.
  let face: Int?
  /// The mask's method; nil for the settings'.
  let method: MaskSettings.Method?
  /// The sample whose correction is to be carried over; nil to take back what was.
  let from: String?

  /// Whether a crop of `side` pixels that `map` leads to shows some of an image of `size`, and at a sane scale.
  static func isSane(_ map: AffineMap, side: Int, size: PixelSize) -> Bool {
    let numbers = [map.a, map.b, map.c, map.d, map.e, map.f]
    guard numbers.allSatisfy(\.isFinite), let back = map.inverse else { return false }
    let (edge, longer) = (Double(side) / map.scale, Double(max(size.width, size.height)))
    let middle = back(Point(x: Double(side) / 2, y: Double(side) / 2))
    // Turned, moved and scaled, but neither sheared nor mirrored.
    let isSimilar = abs(map.a - map.e) < 1e-6 * map.scale && abs(map.b + map.d) < 1e-6 * map.scale
    return isSimilar && edge >= 8 && edge <= 8 * longer
      && (0...Double(size.width)).contains(middle.x) && (0...Double(size.height)).contains(middle.y)
  }
}
