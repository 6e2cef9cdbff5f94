import Dataset
import Imaging

/// The part of a crop that is measured: the foreground inside the source image.
///
/// A pixel belongs to the foreground if its alpha is above one half and it is inside the source image; the padding outside the
/// image must not be measured.
struct Foreground {
  /// Width in pixels.
  let width: Int
  /// Height in pixels.
  let height: Int
  /// ITU-R BT.601 luma, 0 to 255.
  let luma: [UInt8]
  /// Red, green and blue of each pixel.
  let colors: [UInt8]
  /// Whether each pixel belongs to the foreground.
  let isForeground: [Bool]
  /// Whether each pixel is inside the source image.
  let isInside: [Bool]

  /// The foreground of `crop`.
  ///
  /// - Parameters:
  ///   - crop: The crop, with or without alpha.
  ///   - alpha: The mask's alpha as a grey image of the same size; nil for the crop's own alpha, or for no mask.
  ///   - matrix: The map from source pixels to crop pixels.
  ///   - source: The source image's size in pixels; nil if the whole crop is inside it.
  init(crop: ImageBuffer, alpha: ImageBuffer?, matrix: AffineMap = .identity, source: PixelSize? = nil) {
    (width, height) = (crop.width, crop.height)
    let count = width * height
    colors = crop.converted(to: .rgb).bytes
    luma = crop.converted(to: .gray).bytes
    var inside = [Bool](repeating: true, count: count)
    if let source, let back = matrix.inverse {
      let columns = -0.5...Double(source.width) - 0.5
      let rows = -0.5...Double(source.height) - 0.5
      for y in 0..<height {
        for x in 0..<width {
          let place = back(Point(x: Double(x), y: Double(y)))
          inside[y * width + x] = columns.contains(place.x) && rows.contains(place.y)
        }
      }
    }
    isInside = inside
    if let plane = (alpha ?? crop.alpha)?.bytes, plane.count == count {
      isForeground = (0..<count).map { plane[$0] > 127 && inside[$0] }
    } else {
      isForeground = inside
    }
  }

  /// Calls `body` with the index of each foreground pixel.
  func forEachPixel(_ body: (Int) -> Void) {
    for index in 0..<isForeground.count where isForeground[index] { body(index) }
  }
}
