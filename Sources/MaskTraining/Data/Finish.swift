import Dataset
import Foundation
import Imaging

/// Augmentations of a whole composite: text, borders, blur, a reduced size, JPEG, noise, gray.
struct Finish {
  let side: Int

  /// Changes the canvas, and alpha if the picture ends within the crop.
  mutating func apply(
    to canvas: inout Canvas, alpha: inout [Float], palette: [[Float]], _ random: inout CounterRandom
  ) {
    if random.chance(0.12) { write(on: &canvas, palette, &random) }
    if random.chance(0.08) { end(&canvas, &alpha, &random) }
    if random.chance(0.25) { canvas.blur(radius: 1, times: random.chance(0.3) ? 2 : 1) }
    if random.chance(0.3) {
      let (strength, isGray) = (random.uniform(2...13), random.chance(0.5))
      for pixel in 0..<side * side {
        // The sum of uniform numbers approximates a normal distribution and is fast to compute.
        let bits = random.next()
        func noise(_ shift: UInt64) -> Float {
          let sum =
            Int(bits >> shift & 0x3F) + Int(bits >> (shift + 6) & 0x3F) + Int(bits >> (shift + 12) & 0x3F)
          return (Float(sum) - 94.5) / 32 * Float(strength)
        }
        for channel in 0..<3 {
          canvas.colors[pixel * 3 + channel] += noise(isGray ? 0 : UInt64(channel) * 19)
        }
      }
    }
    if random.chance(0.06) {
      for at in Swift.stride(from: 0, to: canvas.colors.count, by: 3) {
        let gray = 0.299 * canvas.colors[at] + 0.587 * canvas.colors[at + 1] + 0.114 * canvas.colors[at + 2]
        for channel in at..<at + 3 { canvas.colors[channel] = gray }
      }
    }
  }

  /// The finished picture; in some cases reduced and enlarged again, or encoded as JPEG.
  func image(of canvas: Canvas, _ random: inout CounterRandom) -> ImageBuffer {
    var image = canvas.image
    if random.chance(0.15) {
      let small = side * (40 + random.below(45)) / 100
      image = image.resized(to: PixelSize(width: small, height: small))
        .resized(to: PixelSize(width: side, height: side), .antialiasedBilinear)
    }
    if random.chance(0.35) {
      let quality = 30 + random.below(66)
      if let bytes = try? image.jpeg(quality: quality), let decoded = try? ImageCodec.decode(bytes).image {
        image = decoded.converted(to: .rgb)
      }
    }
    return image
  }

  /// A border within the crop, as at the edge of a picture; it is background.
  private func end(_ canvas: inout Canvas, _ alpha: inout [Float], _ random: inout CounterRandom) {
    let width = Int(Double(side) * random.uniform(0.04...0.22))
    let edge = random.below(4)
    let color: Float = random.chance(0.6) ? 255 : random.chance(0.5) ? 0 : Float(random.uniform(0...255))
    for y in 0..<side {
      for x in 0..<side {
        let isBeyond =
          switch edge {
          case 0: x < width
          case 1: x >= side - width
          case 2: y < width
          default: y >= side - width
          }
        guard isBeyond else { continue }
        alpha[y * side + x] = 0
        for channel in 0..<3 { canvas.colors[(y * side + x) * 3 + channel] = color }
      }
    }
  }

  /// A line or two of strokes that look like letters, mostly near the lower or the upper edge.
  private func write(on canvas: inout Canvas, _ palette: [[Float]], _ random: inout CounterRandom) {
    let height = Int(random.uniform(6...20))
    let color: [Float] =
      random.chance(0.6)
      ? [250, 250, 245] : random.chance(0.4) ? palette[random.below(palette.count)] : [12, 12, 16]
    let outline: [Float]? = random.chance(0.6) ? (color[0] > 128 ? [5, 5, 8] : [255, 255, 255]) : nil
    let thickness = max(1, height / 7)
    let start = Int(random.uniform(-0.1...0.4) * Double(side))
    let top = random.chance(0.7) ? side - height - 2 - random.below(side / 4) : random.below(side - height)
    var strokes: [(Int, Int, Int, Int)] = []
    for line in 0..<1 + random.below(2) {
      var x = start
      let y = top - line * (height + 3)
      for _ in 0..<4 + random.below(20) {
        let width = max(3, height * (5 + random.below(5)) / 10)
        for _ in 0..<2 + random.below(3) {
          strokes.append(
            (
              x + random.below(width), y + random.below(height), x + random.below(width),
              y + random.below(height)
            ))
        }
        x += width + 2
      }
    }
    func paint(_ color: [Float], grow: Int) {
      for (x0, y0, x1, y1) in strokes {
        let steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for step in 0...steps {
          let (cx, cy) = (x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps)
          for y in cy - grow..<cy + thickness + grow where y >= 0 && y < side {
            for x in cx - grow..<cx + thickness + grow where x >= 0 && x < side {
              for channel in 0..<3 { canvas.colors[(y * side + x) * 3 + channel] = color[channel] }
            }
          }
        }
      }
    }
    if let outline { paint(outline, grow: 1) }
    paint(color, grow: 0)
  }
}
