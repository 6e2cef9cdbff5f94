import Imaging
import Vision

/// The border of the source image inside a crop that reaches beyond it.
///
/// The padding beyond the border is white. A mask method would learn wrong background colors from it, so it sees the
/// crop with the image's edge pixels repeated instead, and its mask ends at the border.
struct ImageBorder {
  private let toSource: AffineMap
  private let toCrop: AffineMap
  private let source: PixelSize

  /// The border in `subject`'s crop; nil if there is no white padding.
  init?(_ subject: MaskSubject) {
    guard subject.ignoresOutside, let origin = subject.origin, let back = origin.matrix.inverse else {
      return nil
    }
    (toSource, toCrop, source) = (back, origin.matrix, origin.size)
  }

  /// The crop with each padding pixel replaced by the nearest pixel well inside the image.
  func extrapolated(_ image: ImageBuffer) -> ImageBuffer {
    var filled = image
    let unit = image.format.rawValue
    // Pixels at the border itself are mixed with the padding.
    let margin = 1.5 * max(1, toSource.scale)
    for y in 0..<image.height {
      for x in 0..<image.width {
        let place = toSource(Point(x: Double(x), y: Double(y)))
        let inner = Point(
          x: clamp(place.x, margin, Double(source.width) - 1 - margin),
          y: clamp(place.y, margin, Double(source.height) - 1 - margin))
        guard inner != place else { continue }
        let near = toCrop(inner)
        let column = Int(clamp(near.x.rounded(), 0, Double(image.width - 1)))
        let row = Int(clamp(near.y.rounded(), 0, Double(image.height - 1)))
        for channel in 0..<unit {
          filled.bytes[(y * image.width + x) * unit + channel] =
            image.bytes[(row * image.width + column) * unit + channel]
        }
      }
    }
    return filled
  }

  /// The mask without the padding; the border is soft by one pixel.
  func trimmed(_ alpha: Plane) -> Plane {
    var trimmed = alpha
    for y in 0..<alpha.height {
      for x in 0..<alpha.width {
        let place = toSource(Point(x: Double(x), y: Double(y)))
        let depth = min(
          place.x + 0.5, place.y + 0.5, Double(source.width) - 0.5 - place.x,
          Double(source.height) - 0.5 - place.y)
        let share = Float(clamp(depth * toCrop.scale, 0, 1))
        if share < 1 { trimmed[x, y] *= share }
      }
    }
    return trimmed
  }

  private func clamp(_ value: Double, _ lower: Double, _ upper: Double) -> Double {
    max(lower, min(value, max(lower, upper)))
  }
}
