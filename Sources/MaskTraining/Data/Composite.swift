import Dataset
import Foundation
import Imaging

/// One training sample: a picture, its face box and the true alpha.
struct Composite: Sendable {
  /// The picture.
  var image: ImageBuffer
  /// The face's box in pixels of the picture; nil if the network does not get it.
  var face: Box?
  /// Alpha from 0 to 1, one value for each pixel.
  var alpha: [Float]
}

/// Creates composites, each a pure function of the seed and its number.
struct Composer: Sendable {
  let library: any FigureSource
  let side: Int
  let seed: UInt64

  /// Composite `number` of `split`.
  func composite(_ number: Int, of split: MaskLibrary.Split = .training) -> Composite {
    let groups = library.groups(split)
    for attempt in 0..<8 {
      var random = CounterRandom(seed, 0x6D61_736B, UInt64(number), UInt64(attempt))
      guard let figure = pick(groups, &random) else { continue }
      let made = compose(figure, groups, &random)
      let covered = made.alpha.reduce(0, +) / Float(made.alpha.count)
      if covered > 0.06, covered < 0.97 || attempt > 2 { return made }
    }
    // If no picture can be used, an empty scene with zero alpha is still correct.
    return Composite(
      image: Canvas(side: side, color: [128, 128, 128]).image, face: nil,
      alpha: [Float](repeating: 0, count: side * side))
  }

  private func pick(_ groups: [MaskLibrary.Group], _ random: inout CounterRandom) -> Figure? {
    var place = random.unit() * groups.map(\.share).reduce(0, +)
    guard var chosen = groups.last else { return nil }
    for group in groups {
      if place < group.share {
        chosen = group
        break
      }
      place -= group.share
    }
    let files = chosen.characters[random.below(chosen.characters.count)]
    return library.figure(files[random.below(files.count)])
  }

  private func compose(
    _ figure: Figure, _ groups: [MaskLibrary.Group], _ random: inout CounterRandom
  ) -> Composite {
    let size = Double(side)
    let unit = max(figure.face.width, figure.face.height)
    let isTight = random.chance(0.4)
    let reach =
      isTight
      ? random.uniform(1.1...1.75)
      : random.chance(0.1) ? random.uniform(2.6...3.6) : random.uniform(1.65...2.6)
    let target = Point(
      x: size * (0.5 + random.normal(0, isTight ? 0.09 : 0.06)),
      y: size * random.uniform(isTight ? 0.38...0.62 : 0.45...0.66))
    let placement = Placement(
      anchor: figure.face.center, at: target, step: reach * unit / size,
      degrees: random.normal(0, random.chance(0.1) ? 22 : 6), mirrored: random.chance(0.5))
    let color = random.chance(0.75) ? ColorChange(&random) : .none

    var canvas: Canvas
    let hasOwnScene: Bool
    if let scene = figure.scene, random.chance(0.4) {
      canvas = Canvas(side: side)
      _ = canvas.draw(scene, placement, color: color, continuing: .all)
      hasOwnScene = true
    } else {
      canvas = Backdrop(library: library, side: side).make(for: figure, color, &random)
      hasOwnScene = false
    }
    var rival = false
    if !hasOwnScene, figure.isFaceKnown, random.chance(0.25), let other = pick(groups, &random) {
      rival = true
      let otherUnit = max(other.face.width, other.face.height)
      let x = random.chance(0.5) ? random.uniform(-0.1...0.24) : random.uniform(0.76...1.1)
      let place = Placement(
        anchor: other.face.center, at: Point(x: size * x, y: size * random.uniform(0.2...0.75)),
        step: random.uniform(1.6...3.4) * otherUnit / size, degrees: random.normal(0, 8),
        mirrored: random.chance(0.5))
      _ = canvas.draw(
        other.cutout, place, color: random.chance(0.5) ? ColorChange(&random) : .none, continuing: other.edges
      )
    }
    var alpha: [Float]
    if hasOwnScene {
      var unused = Canvas(side: side)
      alpha = unused.draw(figure.cutout, placement, continuing: figure.edges)
    } else {
      if random.chance(0.08) { canvas.darken(under: figure, placement, &random) }
      alpha = canvas.draw(figure.cutout, placement, color: color, continuing: figure.edges)
    }
    var finish = Finish(side: side)
    finish.apply(to: &canvas, alpha: &alpha, palette: figure.palette, &random)
    return Composite(
      image: finish.image(of: canvas, &random),
      face: face(of: figure, placement, isNeeded: rival, &random), alpha: alpha)
  }

  /// A face box on the canvas with random variation, because the boxes of detectors differ.
  private func face(
    of figure: Figure, _ placement: Placement, isNeeded: Bool, _ random: inout CounterRandom
  ) -> Box? {
    let isDropped = random.chance(figure.isFaceKnown ? 0.15 : 0.5)
    let (dx, dy) = (random.normal(0, 0.07), random.normal(0, 0.07))
    let (fx, fy) = (random.uniform(0.65...1.15), random.normal(1, 0.08))
    guard isNeeded || !isDropped else { return nil }
    let center = placement.canvas(figure.face.center)
    let scale = 1 / placement.map.scale
    let (w, h) = (figure.face.width * scale * fx, figure.face.height * scale * fx * min(max(fy, 0.7), 1.3))
    return Box(x: center.x - w / 2 + dx * w, y: center.y - h / 2 + dy * h, width: w, height: h)
  }
}

extension ColorChange {
  /// A random change of lightness, contrast, saturation and, seldom, hue or order of the channels.
  init(_ random: inout CounterRandom) {
    let gain = Float(exp(random.normal(0, 0.22)))
    let saturation = Float(min(max(random.normal(1, 0.3), 0), 2))
    let shift = Float(random.normal(0, 18))
    let tint = (0..<3).map { _ in Float(random.normal(0, 7)) }
    let luma: [Float] = [0.299, 0.587, 0.114]
    let order =
      random.chance(0.2)
      ? [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [1, 0, 2], [2, 1, 0]][random.below(6)] : [0, 1, 2]
    var rows: [Float] = []
    for row in 0..<3 {
      for column in 0..<3 {
        let own: Float = order[row] == column ? saturation : 0
        rows.append(gain * (own + (1 - saturation) * luma[column]))
      }
      rows.append(shift + tint[row])
    }
    self.rows = rows
  }
}
