public import Imaging
public import Vision

/// Estimates the foreground's colors without the background that shows through soft pixels.
///
/// Opaque pixels keep their colors. At soft pixels I = aF + (1 - a)B is solved: F and B start as the mean colors of
/// the opaque foreground and of the pure background nearby, and the remaining error is divided between them by their
/// weights, as in "Fast Multi-Level Foreground Estimation" (Germer et al. 2020) with a single level. Transparent
/// pixels get the color of the nearest foreground, so that resizing mixes in no background.
///
/// - Parameters:
///   - image: The crop, RGB.
///   - alpha: Its alpha, of the same size.
/// - Returns: RGBA, not premultiplied.
/// - Throws: `VisionError`.
public func extractForeground(_ image: ImageBuffer, alpha: Plane) throws -> ImageBuffer {
  let count = image.size.area
  let near = neighbourhoodColors(image, weights: alpha.values.map { $0 > 0.95 ? 1 : $0 > 0.8 ? 0.05 : 0 })
  let behind = neighbourhoodColors(image, weights: alpha.values.map { $0 < 0.05 ? 1 : $0 < 0.2 ? 0.05 : 0 })
  var result = image.withAlpha(alpha.image)
  result.bytes.withUnsafeMutableBufferPointer { pixels in
    image.bytes.withUnsafeBufferPointer { bytes in
      for index in 0..<count {
        let a = Float(pixels[index * 4 + 3]) / 255
        guard a < 1 else { continue }
        for channel in 0..<3 {
          let (f, b) = (near[index][channel], behind[index][channel])
          let observed = Float(bytes[index * 3 + channel])
          var value = f
          if a > 0 {
            let error = observed - a * f - (1 - a) * b
            value = f + a * error / (a * a + (1 - a) * (1 - a) + 0.02)
            // The more transparent the pixel, the more the first guess counts. The result stays between the pixel's
            // color and the guess: if the alpha is wrong, an extrapolated color would draw dark outlines.
            value = min(max(a * value + (1 - a) * f, min(f, observed)), max(f, observed))
          }
          pixels[index * 4 + channel] = UInt8(min(max(value, 0), 255).rounded())
        }
      }
    }
  }
  return result
}

/// For each pixel the weighted mean color of its neighbourhood, by the finest level of an image pyramid that has
/// weight there; red, green and blue, 0 to 255.
func neighbourhoodColors(_ image: ImageBuffer, weights: [Float]) -> [SIMD4<Float>] {
  var levels: [Pyramid] = [Pyramid(image, weights)]
  while let last = levels.last, last.width > 1 || last.height > 1 { levels.append(last.halved()) }
  guard var filled = levels.popLast()?.averaged() else { return [] }
  while let finer = levels.popLast() { filled = finer.filled(from: filled) }
  return filled.values
}

/// One level of the pyramid.
private struct Pyramid {
  let width: Int
  let height: Int
  /// Red, green and blue multiplied with the weight, and the weight.
  var values: [SIMD4<Float>]

  init(_ image: ImageBuffer, _ weights: [Float]) {
    (width, height) = (image.width, image.height)
    values = image.bytes.withUnsafeBufferPointer { bytes in
      weights.indices.map { index in
        let color = SIMD3(
          Float(bytes[index * 3]), Float(bytes[index * 3 + 1]), Float(bytes[index * 3 + 2]))
        return SIMD4(color * weights[index], weights[index])
      }
    }
  }

  private init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    values = [SIMD4<Float>](repeating: .zero, count: width * height)
  }

  /// The level of half the size: sums of two by two pixels.
  func halved() -> Pyramid {
    var half = Pyramid(width: (width + 1) / 2, height: (height + 1) / 2)
    let (width, height, halfWidth) = (width, height, half.width)
    values.withUnsafeBufferPointer { values in
      half.values.withUnsafeMutableBufferPointer { sums in
        for y in 0..<height {
          for x in 0..<width { sums[y / 2 * halfWidth + x / 2] += values[y * width + x] }
        }
      }
    }
    return half
  }

  /// Mean colors instead of sums, for the coarsest level; black if no pixel has weight.
  func averaged() -> Pyramid {
    var result = self
    for index in values.indices { result.values[index] /= max(values[index].w, 1e-6) }
    return result
  }

  /// Mean colors at this level; if the weights are small, the coarser level's, interpolated.
  func filled(from coarse: Pyramid) -> Pyramid {
    var result = self
    let (width, height, coarseWidth) = (width, height, coarse.width)
    let columns = (0..<width).map { Self.interpolation($0, coarseWidth) }
    coarse.values.withUnsafeBufferPointer { coarseValues in
      result.values.withUnsafeMutableBufferPointer { values in
        for y in 0..<height {
          let (top, bottom, v) = Self.interpolation(y, coarse.height)
          for x in 0..<width {
            let (left, right, u) = columns[x]
            func at(_ x: Int, _ y: Int) -> SIMD4<Float> { coarseValues[y * coarseWidth + x] }
            let upper = at(left, top) * (1 - u) + at(right, top) * u
            let lower = at(left, bottom) * (1 - u) + at(right, bottom) * u
            let guess = upper * (1 - v) + lower * v
            let own = values[y * width + x]
            // A little of the coarser color stabilises means of few pixels, and replaces missing ones.
            values[y * width + x] = (own + 0.02 * guess) / (own.w + 0.02)
          }
        }
      }
    }
    return result
  }

  /// The two coarse rows or columns around a fine one, and the weight of the second.
  private static func interpolation(_ fine: Int, _ coarse: Int) -> (Int, Int, Float) {
    let position = (Float(fine) + 0.5) / 2 - 0.5
    let first = Int(position.rounded(.down))
    return (min(max(first, 0), coarse - 1), min(max(first + 1, 0), coarse - 1), position - Float(first))
  }
}
