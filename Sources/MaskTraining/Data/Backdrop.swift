import Dataset
import Foundation
import Imaging

/// Creates the background of a figure: pictures, plain colors, gradients and patterns, also in the figure's
/// own colors.
struct Backdrop {
  let library: any FigureSource
  let side: Int

  func make(for figure: Figure, _ color: ColorChange, _ random: inout CounterRandom) -> Canvas {
    func own(_ random: inout CounterRandom) -> [Float] {
      color(figure.palette[random.below(figure.palette.count)])
    }
    switch random.unit() {
    case ..<0.58: return picture(&random)
    case ..<0.70:
      // A picture whose colors are made similar to the figure's.
      var canvas = picture(&random)
      canvas.match(mean: color(figure.mean), deviation: figure.deviation)
      return canvas
    case ..<0.82:
      let plain: [Float]
      switch random.unit() {
      case ..<0.2: plain = [255, 255, 255]
      case ..<0.28: plain = [0, 0, 0]
      case ..<0.45: plain = [Float](repeating: Float(random.uniform(0...255)), count: 3)
      case ..<0.65: plain = own(&random)
      case ..<0.75: plain = color(figure.outline)
      default: plain = (0..<3).map { _ in Float(random.uniform(0...255)) }
      }
      return Canvas(side: side, color: plain)
    case ..<0.91:
      let first = random.chance(0.5) ? own(&random) : (0..<3).map { _ in Float(random.uniform(0...255)) }
      let second = random.chance(0.5) ? own(&random) : (0..<3).map { _ in Float(random.uniform(0...255)) }
      return gradient(first, second, angle: random.uniform(0...(2 * .pi)))
    default:
      let first = random.chance(0.5) ? own(&random) : (0..<3).map { _ in Float(random.uniform(0...255)) }
      let second =
        random.chance(0.4) ? color(figure.outline) : (0..<3).map { _ in Float(random.uniform(0...255)) }
      return pattern(first, second, &random)
    }
  }

  private func picture(_ random: inout CounterRandom) -> Canvas {
    var canvas = Canvas(side: side, color: [128, 128, 128])
    guard let picture = library.background(library.backgrounds[random.below(library.backgrounds.count)])
    else {
      return canvas
    }
    let shorter = Double(min(picture.width, picture.height))
    let part = shorter * exp(random.uniform(log(0.22)...0))
    let x = random.uniform(part / 2...max(part / 2, Double(picture.width) - part / 2))
    let y = random.uniform(part / 2...max(part / 2, Double(picture.height) - part / 2))
    let middle = Double(side) / 2
    let placement = Placement(
      anchor: Point(x: x, y: y), at: Point(x: middle, y: middle), step: part / Double(side),
      degrees: random.normal(0, 5), mirrored: random.chance(0.5))
    _ = canvas.draw(
      picture, placement, color: random.chance(0.6) ? ColorChange(&random) : .none, continuing: .all)
    if random.chance(0.2) { canvas.blur(radius: 1 + random.below(5), times: 2) }
    return canvas
  }

  private func gradient(_ first: [Float], _ second: [Float], angle: Double) -> Canvas {
    var canvas = Canvas(side: side)
    let (cx, cy) = (Float(cos(angle)), Float(sin(angle)))
    for y in 0..<side {
      for x in 0..<side {
        let (u, v) = (Float(x) / Float(side) - 0.5, Float(y) / Float(side) - 0.5)
        let share = min(max(0.5 + (u * cx + v * cy) * 0.9, 0), 1)
        for channel in 0..<3 {
          canvas.colors[(y * side + x) * 3 + channel] = first[channel] * (1 - share) + second[channel] * share
        }
      }
    }
    return canvas
  }

  /// Stripes, squares, dots or rays of two colors.
  private func pattern(_ first: [Float], _ second: [Float], _ random: inout CounterRandom) -> Canvas {
    var canvas = Canvas(side: side, color: first)
    let kind = random.below(4)
    let period = Float(random.uniform(6...60))
    let share = Float(random.uniform(0.15...0.6))
    let angle = Float(random.uniform(0...Double.pi))
    let (ca, sa) = (cos(angle), sin(angle))
    let (ox, oy) = (
      Float(random.uniform(0.2...0.8)) * Float(side), Float(random.uniform(0.2...0.8)) * Float(side)
    )
    func saw(_ value: Float) -> Float { value - value.rounded(.down) }
    for y in 0..<side {
      for x in 0..<side {
        let (u, v) = (Float(x) * ca + Float(y) * sa, Float(y) * ca - Float(x) * sa)
        let isSecond =
          switch kind {
          case 0: saw(u / period) < share
          case 1: (saw(u / period) < 0.5) != (saw(v / period) < 0.5)
          case 2:
            (saw(u / period) - 0.5) * (saw(u / period) - 0.5) + (saw(v / period) - 0.5)
              * (saw(v / period) - 0.5)
              < share * share * 0.5
          default: saw(atan2(Float(y) - oy, Float(x) - ox) * period / 12) < share
          }
        guard isSecond else { continue }
        for channel in 0..<3 { canvas.colors[(y * side + x) * 3 + channel] = second[channel] }
      }
    }
    return canvas
  }
}

extension Canvas {
  /// Changes the mean and the standard deviation of each channel to the given ones.
  mutating func match(mean: [Float], deviation: [Float]) {
    let count = Float(side * side)
    for channel in 0..<3 {
      var (sum, squares): (Float, Float) = (0, 0)
      for index in Swift.stride(from: channel, to: colors.count, by: 3) {
        sum += colors[index]
        squares += colors[index] * colors[index]
      }
      let own = sum / count
      let spread = max(4, (max(0, squares / count - own * own)).squareRoot())
      let factor = min(max(deviation[channel] / spread, 0.4), 2.5)
      for index in Swift.stride(from: channel, to: colors.count, by: 3) {
        colors[index] = min(max((colors[index] - own) * factor + mean[channel], 0), 255)
      }
    }
  }

  /// Darkens the background at the position of the figure's shadow or glow.
  mutating func darken(under figure: Figure, _ placement: Placement, _ random: inout CounterRandom) {
    var scratch = Canvas(side: side)
    var moved = placement
    moved.map = AffineMap.translation(x: random.normal(0, 6), y: random.normal(-3, 5)).then(placement.map)
    let shadow = scratch.draw(figure.cutout, moved, continuing: figure.edges)
    let (target, strength) = (Float(random.chance(0.6) ? 0 : 255), Float(random.uniform(0.2...0.7)))
    for pixel in 0..<side * side {
      let share = shadow[pixel] * strength
      for channel in pixel * 3..<pixel * 3 + 3 {
        colors[channel] = colors[channel] * (1 - share) + target * share
      }
    }
  }

  /// Replaces every sample by the mean of the square around it, `times` times.
  mutating func blur(radius: Int, times: Int = 1) {
    guard radius > 0 else { return }
    let side = side
    let scale = 1 / Float(2 * radius + 1)
    var line = [Float](repeating: 0, count: side)
    colors.withUnsafeMutableBufferPointer { colors in
      for _ in 0..<times {
        for (step, across) in [(3, side * 3), (side * 3, 3)] {
          for row in 0..<side {
            for channel in 0..<3 {
              let start = row * across + channel
              var sum: Float = 0
              for offset in -radius...radius { sum += colors[start + min(max(offset, 0), side - 1) * step] }
              for x in 0..<side {
                line[x] = sum * scale
                let (next, last) = (min(x + radius + 1, side - 1), max(x - radius, 0))
                sum += colors[start + next * step] - colors[start + last * step]
              }
              for x in 0..<side { colors[start + x * step] = line[x] }
            }
          }
        }
      }
    }
  }
}
