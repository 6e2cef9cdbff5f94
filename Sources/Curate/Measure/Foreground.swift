import Dataset
import Imaging

/// The part of a crop that measures look at: the figure, as far as it was in the source image.
///
/// A pixel belongs to the figure where the alpha is above one half and the source image had a pixel there: the border
/// that was painted around an image is neither sharp nor bright.
struct Foreground {
  /// Width in pixels.
  let width: Int
  /// Height in pixels.
  let height: Int
  /// ITU-R BT.601 luma, 0 to 255.
  let luma: [UInt8]
  /// Red, green and blue, three samples a pixel.
  let colors: [UInt8]
  /// Whether a pixel belongs to the figure.
  let isForeground: [Bool]
  /// Whether the source image had a pixel there.
  let isInside: [Bool]

  /// The figure of `crop`.
  ///
  /// - Parameters:
  ///   - crop: The crop as it was cut, with or without alpha.
  ///   - alpha: The mask's alpha as a grey image of the same size; nil for the crop's own, or all of it.
  ///   - matrix: Source pixels to crop pixels.
  ///   - source: The source image's size in pixels; nil where the whole crop lies in it.
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

  /// Calls `body` with the index of each pixel of the figure.
  func forEachPixel(_ body: (Int) -> Void) {
    for index in 0..<isForeground.count where isForeground[index] { body(index) }
  }
}
