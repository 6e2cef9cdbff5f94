import Foundation
package import Imaging

extension ImageBuffer {
  /// The share of a face's square over which it fades out at the square's edges.
  ///
  /// Shoulders and hair reach to the square's edge, where the mask alone would leave a seam.
  private static let fade = 0.06

  /// This RGB picture, whose figure stands on white, without the white: RGBA whose colours are the figure's own.
  ///
  /// What lies on white is a * figure + (1 - a) * white; the figure is that solved. Invisible pixels are white.
  package func cutOutOfWhite(alpha: ImageBuffer) -> ImageBuffer {
    var result = withAlpha(alpha)
    for start in stride(from: 0, to: result.bytes.count, by: 4) {
      let a = Double(result.bytes[start + 3]) / 255
      for channel in start..<start + 3 where a < 1 {
        let own = ImageBuffer.share(of: Double(result.bytes[channel]), alpha: a)
        result.bytes[channel] = a > 0 ? UInt8((own / a).rounded()) : 255
      }
    }
    return result
  }

  /// The picture with a translated face in the place that it was cut from; alpha stays as it is.
  ///
  /// - Parameters:
  ///   - face: The translated square, RGB on white.
  ///   - mask: How much of each of its pixels is figure, grey, of the size that `matrix` leads to.
  ///   - matrix: This picture's pixels to the mask's.
  /// - Returns: RGB or RGBA of this picture's size; outside the square not a sample differs.
  package func pasting(_ face: ImageBuffer, mask: ImageBuffer, matrix: AffineMap) -> ImageBuffer {
    var result = format == .gray ? converted(to: .rgb) : self
    // Where the face was enlarged for the network, it is averaged down first, so that no pixel of it is stepped over.
    let side = max(1, Int((Double(mask.width) / max(1, matrix.scale)).rounded()))
    let factor = Double(side) / Double(mask.width)
    let map = matrix.then(AffineMap(factor, 0, (factor - 1) / 2, 0, factor, (factor - 1) / 2))
    guard let back = map.inverse else { return result }
    let size = PixelSize(width: side, height: side)
    let (face, mask) = (face.resized(to: size), mask.resized(to: size))

    let last = Double(side) - 0.5
    let corners = [(-0.5, -0.5), (last, -0.5), (-0.5, last), (last, last)].map { back(Point(x: $0, y: $1)) }
    for y in pixels(corners.map(\.y), below: height) {
      for x in pixels(corners.map(\.x), below: width) {
        let place = map(Point(x: Double(x), y: Double(y)))
        let margin = min(place.x + 0.5, place.y + 0.5, last - place.x, last - place.y)
        guard margin > 0 else { continue }
        let ramp = min(1, margin / (ImageBuffer.fade * Double(side)))
        let weight = ramp * ramp * (3 - 2 * ramp)
        let a = mask.sample(place, channel: 0) / 255
        // The fainter half of a soft edge stays as it was: there a network's white that is not quite white would show.
        guard a > 0.5 else { continue }
        for channel in 0..<3 {
          let index = (y * width + x) * result.channels + channel
          let old = Double(result.bytes[index])
          let own = ImageBuffer.share(of: face.sample(place, channel: channel), alpha: a) / a
          result.bytes[index] = UInt8((old + weight * (2 * a - 1) * (own - old)).rounded())
        }
      }
    }
    return result
  }

  /// What a figure of `alpha` adds to a pixel that shows `sample` on white: alpha times its colour, 0 to 255.
  private static func share(of sample: Double, alpha: Double) -> Double {
    min(max(sample - (1 - alpha) * 255, 0), alpha * 255)
  }

  /// The value between pixels, from the four about `place`; beyond the edge the edge goes on.
  private func sample(_ place: Point, channel: Int) -> Double {
    BilinearSample(x: place.x, y: place.y, width: width, height: height)() {
      Double(bytes[($1 * width + $0) * channels + channel])
    }
  }
}

/// The whole numbers from the least to the greatest of `places` that are at least 0 and below `count`.
private func pixels(_ places: [Double], below count: Int) -> Range<Int> {
  let first = min(max((places.min() ?? 0).rounded(.up), 0), Double(count))
  let last = min(max((places.max() ?? 0).rounded(.down) + 1, first), Double(count))
  return Int(first)..<Int(last)
}
