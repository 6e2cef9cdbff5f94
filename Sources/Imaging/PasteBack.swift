extension ImageBuffer {
  /// The width of the fade at the square's edges, as a fraction of its side.
  ///
  /// Shoulders and hair reach the edge of the square, where the mask alone would leave a visible seam.
  private static let fade = 0.06

  /// Removes the white background from this RGB image: RGBA with the foreground's own colors.
  ///
  /// The image is alpha * foreground + (1 - alpha) * white, which is solved for the foreground. Transparent pixels become
  /// white.
  ///
  /// - Parameter alpha: The grey alpha mask, of this image's size.
  /// - Returns: The foreground as RGBA, of this image's size.
  package func cutOutOfWhite(alpha: ImageBuffer) -> ImageBuffer {
    var result = withAlpha(alpha)
    for start in stride(from: 0, to: result.bytes.count, by: 4) {
      let a = Double(result.bytes[start + 3]) / 255
      for channel in start..<start + 3 where a < 1 {
        let premultiplied = ImageBuffer.premultiplied(Double(result.bytes[channel]), alpha: a)
        result.bytes[channel] = a > 0 ? UInt8((premultiplied / a).rounded()) : 255
      }
    }
    return result
  }

  /// Pastes a translated face back into this image, where it was cropped; the image's alpha does not change.
  ///
  /// - Parameters:
  ///   - face: The translated square, RGB on white.
  ///   - mask: The grey foreground mask of the square.
  ///   - matrix: The map from this image's pixels to the mask's pixels.
  /// - Returns: RGB or RGBA of this image's size; pixels outside the square are unchanged.
  package func pasting(_ face: ImageBuffer, mask: ImageBuffer, matrix: AffineMap) -> ImageBuffer {
    var result = format == .gray ? converted(to: .rgb) : self
    // A face that was enlarged for the network is first reduced to its original size, to avoid aliasing.
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
        // The outer half of a soft edge is not changed: the network's background is not exactly white and would show there.
        guard a > 0.5 else { continue }
        for channel in 0..<3 {
          let index = (y * width + x) * result.channels + channel
          let old = Double(result.bytes[index])
          let color = ImageBuffer.premultiplied(face.sample(place, channel: channel), alpha: a) / a
          result.bytes[index] = UInt8((old + weight * (2 * a - 1) * (color - old)).rounded())
        }
      }
    }
    return result
  }

  /// The foreground's color times `alpha`, 0...255, of a pixel that is `sample` on white.
  private static func premultiplied(_ sample: Double, alpha: Double) -> Double {
    min(max(sample - (1 - alpha) * 255, 0), alpha * 255)
  }

  /// The bilinearly interpolated value at `place`; pixels outside the image equal the nearest pixel inside.
  private func sample(_ place: Point, channel: Int) -> Double {
    BilinearSample(x: place.x, y: place.y, width: width, height: height)() {
      Double(bytes[($1 * width + $0) * channels + channel])
    }
  }
}

/// The integers between the minimum and the maximum of `places`, clipped to 0..<`count`.
private func pixels(_ places: [Double], below count: Int) -> Range<Int> {
  let first = min(max((places.min() ?? 0).rounded(.up), 0), Double(count))
  let last = min(max((places.max() ?? 0).rounded(.down) + 1, first), Double(count))
  return Int(first)..<Int(last)
}
