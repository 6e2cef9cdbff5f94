import Dataset
import Foundation
import Imaging

/// A square in the source, possibly turned, that becomes a crop.
struct CropFrame: Equatable {
  /// The square's middle in source pixels.
  var center: Point
  /// The square's side in source pixels.
  var side: Double
  /// How far the square is turned, in degrees, clockwise positive.
  var roll: Double

  /// The square that `framing` puts around a face.
  init(_ framing: CropSettings.Framing, around extent: FaceExtent) {
    roll = extent.roll
    var offset = 0.0
    switch framing {
    case .photo2cartoon:
      // data_process.py: 0.8 of the height up, 0.3 down, 0.3 of the width at each side; the shorter side then widened.
      side = max(extent.height * 2.1, extent.width * 1.6)
      offset = -0.25 * extent.height
    case .danbooru:
      // Danbooru Faces v0.1: 1.75 times the detector's box, moved up by 0.35 of it.
      let edge = max(extent.width, extent.height)
      side = 1.75 * edge
      offset = -0.35 * edge
    case .box(let factor):
      side = factor * max(extent.width, extent.height)
    }
    let down = AffineMap.rotation(degrees: roll)(Point(x: 0, y: offset))
    center = Point(x: extent.center.x + down.x, y: extent.center.y + down.y)
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

  /// The share of the square that lies outside an image of `size`, 0 to 1, taken at 32 x 32 places.
  func shareOutside(_ size: PixelSize) -> Double {
    guard let back = map(toSide: 32).inverse else { return 1 }
    var outside = 0
    for y in 0..<32 {
      for x in 0..<32 {
        let place = back(Point(x: Double(x), y: Double(y)))
        let inside =
          place.x >= -0.5 && place.y >= -0.5 && place.x < Double(size.width) - 0.5
          && place.y < Double(size.height) - 0.5
        if !inside { outside += 1 }
      }
    }
    return Double(outside) / 1024
  }
}
