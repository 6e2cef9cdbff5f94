import Imaging
import Vision

/// The similarity transform and the brightness change between two crops of nearly the same image.
struct CropRegistration: Sendable {
  /// The map from the first crop's pixels to the second one's.
  let map: AffineMap
  /// The second crop's luma is about `gain` times the first one's plus `offset`.
  let gain: Float
  /// Added to the luma, in levels of 255.
  let offset: Float
  /// The correlation of luma over the overlap, -1 to 1; -1 if the overlap is less than a quarter.
  let correlation: Float

  /// The longer side at each step, coarse to fine.
  private static let sides = [32, 64, 128]
  /// The largest shift that is searched, in pixels of the coarsest step.
  private static let reach = 6

  /// Registers `first` onto `second`.
  ///
  /// Lucas-Kanade registration (1981) of a similarity with gain and offset, coarse to fine, forward compositional.
  /// Robust weights reduce the influence of parts that moved or are visible in only one image.
  ///
  /// - Parameters:
  ///   - first: A crop, RGB.
  ///   - second: Another one, RGB.
  ///   - guesses: Initial maps, in addition to the best shift of up to a fifth of the side; the result with the highest
  ///     correlation is used.
  init(of first: ImageBuffer, onto second: ImageBuffer, guesses: [AffineMap] = []) {
    let firsts = Self.sides.map { Layer(first, side: $0) }
    let seconds = Self.sides.map { Layer(second, side: $0) }
    let shift = Self.bestShift(of: firsts[0], onto: seconds[0])
    let framed = (firsts[0].toCrop.inverse ?? .identity).then(shift).then(seconds[0].toCrop)
    let refined = Self.refined(framed, firsts, seconds)
    self = guesses.map { Self.refined($0, firsts, seconds) }
      .reduce(refined) { $1.correlation > $0.correlation ? $1 : $0 }
  }

  private init(map: AffineMap, gain: Float, offset: Float, correlation: Float) {
    (self.map, self.gain, self.offset, self.correlation) = (map, gain, offset, correlation)
  }

  /// A crop's luma at one step.
  private struct Layer {
    let width: Int
    let height: Int
    let luma: [Float]
    /// The map from its pixels to the crop's.
    let toCrop: AffineMap

    init(_ image: ImageBuffer, side: Int) {
      let scale = min(1, Double(side) / Double(max(image.width, image.height)))
      width = max(8, Int((Double(image.width) * scale).rounded()))
      height = max(8, Int((Double(image.height) * scale).rounded()))
      luma = image.converted(to: .gray).resized(to: PixelSize(width: width, height: height)).bytes.map(
        Float.init)
      let (x, y) = (Double(image.width) / Double(width), Double(image.height) / Double(height))
      toCrop = AffineMap(x, 0, (x - 1) / 2, 0, y, (y - 1) / 2)
    }

    /// The luma at `map` of each of `target`'s pixels, bilinear; NaN outside.
    func sampled(_ map: AffineMap, for target: Layer) -> [Float] {
      var values = [Float](repeating: .nan, count: target.luma.count)
      for y in 0..<target.height {
        for x in 0..<target.width {
          let from = map(Point(x: Double(x), y: Double(y)))
          guard from.x >= 0, from.y >= 0, from.x <= Double(width - 1), from.y <= Double(height - 1) else {
            continue
          }
          let sample = BilinearSample(x: from.x, y: from.y, width: width, height: height)
          values[y * target.width + x] = Float(sample { Double(luma[$1 * width + $0]) })
        }
      }
      return values
    }
  }

  /// The shift, in pixels of the coarsest step, with the highest correlation.
  private static func bestShift(of first: Layer, onto second: Layer) -> AffineMap {
    var (best, highest) = (AffineMap.identity, -Float.infinity)
    for y in -reach...reach {
      for x in -reach...reach {
        let shift = AffineMap.translation(x: Double(x), y: Double(y))
        let back = AffineMap.translation(x: Double(-x), y: Double(-y))
        // Among equally good shifts, the smallest is chosen.
        let found =
          correlation(first.sampled(back, for: second), second.luma) - 0.001 * Float(abs(x) + abs(y))
        if found > highest { (best, highest) = (shift, found) }
      }
    }
    return best
  }

  /// The registration that `guess` converges to.
  private static func refined(_ guess: AffineMap, _ firsts: [Layer], _ seconds: [Layer]) -> CropRegistration {
    var (map, gain, offset): (AffineMap, Float, Float) = (guess, 1, 0)
    for (first, second) in zip(firsts, seconds) {
      guard let toFirst = first.toCrop.inverse else { continue }
      for _ in 0..<10 {
        guard let back = map.inverse else { break }
        let warped = first.sampled(second.toCrop.then(back).then(toFirst), for: second)
        guard let step = step(from: warped, onto: second) else { break }
        (gain, offset) = (step.gain, step.offset)
        // The step is a motion in the first image, so its inverse is composed with the map.
        guard let motion = second.toCrop.inverse?.then(step.motion).then(second.toCrop).inverse else { break }
        map = map.then(motion)
        if step.isSmall { break }
      }
    }
    guard let first = firsts.last, let second = seconds.last, let back = map.inverse,
      let toFirst = first.toCrop.inverse, (0.5...2).contains(map.scale)
    else { return CropRegistration(map: guess, gain: 1, offset: 0, correlation: -1) }
    let warped = first.sampled(second.toCrop.then(back).then(toFirst), for: second)
    return CropRegistration(
      map: map, gain: gain, offset: offset, correlation: correlation(warped, second.luma))
  }

  /// One Gauss-Newton step, in pixels of its layer.
  private struct Step {
    let motion: AffineMap
    let gain: Float
    let offset: Float
    let isSmall: Bool
  }

  private static func step(from warped: [Float], onto second: Layer) -> Step? {
    guard
      let found = LucasKanade(from: warped, to: second.luma, width: second.width, border: 1, .similarity)
    else { return nil }
    let (middleX, middleY) = (Float(second.width - 1) / 2, Float(second.height - 1) / 2)
    let motion = found.motion.map { Double($0) }
    let (grow, turn) = (1 + min(max(motion[2], -0.2), 0.2), min(max(motion[3], -0.2), 0.2))
    let (cx, cy) = (Double(middleX), Double(middleY))
    let step = AffineMap(
      grow, -turn, motion[0] + cx - grow * cx + turn * cy,
      turn, grow, motion[1] + cy - turn * cx - grow * cy)
    let size = found.motion.indices.map { abs(found.motion[$0]) * ($0 < 2 ? 1 : middleX) }.max() ?? 0
    return Step(motion: step, gain: found.gain, offset: found.offset, isSmall: size < 0.01)
  }

  /// The correlation of two planes over the pixels that are not NaN; -1 if those are less than a quarter of all.
  private static func correlation(_ one: [Float], _ other: [Float]) -> Float {
    var sums = SIMD8<Double>.zero
    for (left, right) in zip(one, other) where left.isFinite {
      let (l, r) = (Double(left), Double(right))
      sums += SIMD8(1, l, r, l * l, r * r, l * r, 0, 0)
    }
    guard sums[0] * 4 >= Double(one.count) else { return -1 }
    let (mean, otherMean) = (sums[1] / sums[0], sums[2] / sums[0])
    let (spread, otherSpread) = (sums[3] / sums[0] - mean * mean, sums[4] / sums[0] - otherMean * otherMean)
    // An image without contrast matches only another one without contrast.
    guard spread > 1, otherSpread > 1 else { return spread <= 1 && otherSpread <= 1 ? 1 : -1 }
    return Float((sums[5] / sums[0] - mean * otherMean) / (spread * otherSpread).squareRoot())
  }
}
