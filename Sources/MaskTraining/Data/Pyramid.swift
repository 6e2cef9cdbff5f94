import Imaging

/// An image pyramid: a picture at its own size and repeatedly halved, with premultiplied alpha, for sampling
/// at any scale.
struct Pyramid: Sendable {
  /// One size of the picture.
  struct Level: Sendable {
    let width: Int
    let height: Int
    /// Red, green, blue (premultiplied) and alpha, interleaved.
    let bytes: [UInt8]
  }

  /// From the full size downwards.
  let levels: [Level]

  /// The pyramid of `image`, whose alpha is 255 where it has none.
  init(_ image: ImageBuffer) {
    var image = image.converted(to: .rgba)
    for pixel in stride(from: 0, to: image.bytes.count, by: 4) {
      let alpha = Int(image.bytes[pixel + 3])
      guard alpha < 255 else { continue }
      for channel in 0..<3 {
        image.bytes[pixel + channel] = UInt8((Int(image.bytes[pixel + channel]) * alpha + 127) / 255)
      }
    }
    var levels = [Level(width: image.width, height: image.height, bytes: image.bytes)]
    while let last = levels.last, min(last.width, last.height) >= 32 { levels.append(last.halved()) }
    self.levels = levels
  }

  var width: Int { levels[0].width }
  var height: Int { levels[0].height }
  /// Bytes in memory.
  var cost: Int { levels.map(\.bytes.count).reduce(0, +) }

  /// The level for sampling in steps of `step` full-size pixels, and its pixels for each full-size pixel.
  func level(for step: Double) -> (level: Level, factor: Double) {
    var (index, factor) = (0, 1.0)
    while index + 1 < levels.count, step * factor > 1.5 {
      index += 1
      factor /= 2
    }
    return (levels[index], factor)
  }
}

extension Pyramid.Level {
  fileprivate func halved() -> Pyramid.Level {
    let (w, h) = (width / 2, height / 2)
    let stride = width * 4
    let smaller = [UInt8](unsafeUninitializedCapacity: w * h * 4) { output, written in
      bytes.withUnsafeBufferPointer { input in
        for y in 0..<h {
          for x in 0..<w {
            let from = 2 * y * stride + 8 * x
            for channel in from..<from + 4 {
              let sum = Int(input[channel]) + Int(input[channel + 4]) + Int(input[channel + stride])
              output[written] = UInt8((sum + Int(input[channel + stride + 4]) + 2) / 4)
              written += 1
            }
          }
        }
      }
    }
    return Pyramid.Level(width: w, height: h, bytes: smaller)
  }
}
