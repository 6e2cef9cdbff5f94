import Foundation
import Imaging

/// The shift, scale, rotation and change of aspect that bring one thumbnail onto another.
struct Alignment: Sendable {
  private(set) var tx: Float = 0
  private(set) var ty: Float = 0
  /// The natural logarithm of the scale.
  private(set) var scale: Float = 0
  /// Radians.
  private(set) var rotation: Float = 0
  /// Half of the natural logarithm of the aspect's change: positive if the second is stretched along x.
  private(set) var stretch: Float = 0

  /// The correlation at half size after the alignment, -1 to 1.
  private(set) var correlation = -1.0

  /// The largest shift in pixels of 64, logarithm of the scale, and rotation.
  private static let (farthest, widest, steepest): (Float, Float, Float) = (8, 0.3, 0.2)
  /// The largest `stretch`: a change of the aspect by 13 %.
  private static let longest: Float = 0.06

  /// Finds what brings `b` onto `a`, beginning with a placement: Gauss-Newton at 32 x 32 (`LucasKanade`).
  ///
  /// - Parameters:
  ///   - b: The second thumbnail at half size.
  ///   - a: The first.
  ///   - start: The placement of the second to begin with; its turn is that of `b` already.
  init(of b: HalfThumbnail, onto a: HalfThumbnail, from start: Placement) {
    let (a, b, side) = (a.values, b.values, HalfThumbnail.side)
    (scale, tx, ty) = (start.scale, start.x / 2, start.y / 2)
    for _ in 0..<12 {
      var warped = sample(b, side: side)
      for index in warped.indices where a[index].isNaN { warped[index] = .nan }
      guard let step = LucasKanade(from: warped, to: a, width: side, border: 3, .similarity)?.motion else {
        break
      }
      let factor = exp(self.scale)
      tx = min(max(tx + step[0] * factor, -Self.farthest / 2), Self.farthest / 2)
      ty = min(max(ty + step[1] * factor, -Self.farthest / 2), Self.farthest / 2)
      self.scale = min(max(self.scale + step[2], -Self.widest), Self.widest)
      rotation = min(max(rotation + step[3], -Self.steepest), Self.steepest)
      if max(abs(step[0]), abs(step[1]), abs(step[2]) * 16, abs(step[3]) * 16) < 0.02 { break }
    }
    correlation = Self.correlation(sample(b, side: side), a)
    // From pixels at half size to those of the whole.
    tx *= 2
    ty *= 2
  }

  /// The same alignment, refined at full size: first as a similarity, then with a scale for each axis, because some programs
  /// change the aspect of a copy.
  func refined(of b: GrayThumbnail, onto a: GrayThumbnail) -> Alignment {
    let side = GrayThumbnail.side
    func values(_ thumbnail: GrayThumbnail) -> [Float] {
      zip(thumbnail.normalized, thumbnail.isKnown).map { $1 ? HalfThumbnail.scale * $0 : .nan }
    }
    let (moving, target) = (values(b), values(a))
    var result = self
    for motion in [LucasKanade.Motion](repeating: .similarity, count: 4) + [.stretch, .stretch, .stretch] {
      var warped = result.sample(moving, side: side)
      for index in warped.indices where target[index].isNaN { warped[index] = .nan }
      guard let step = LucasKanade(from: warped, to: target, width: side, border: 6, motion)?.motion
      else { break }
      result.move(by: step, motion)
    }
    return result
  }

  /// Adds one step at full size.
  private mutating func move(by step: [Float], _ motion: LucasKanade.Motion) {
    let factor = exp(scale)
    tx = min(max(tx + step[0] * factor, -Self.farthest), Self.farthest)
    ty = min(max(ty + step[1] * factor, -Self.farthest), Self.farthest)
    switch motion {
    case .similarity:
      scale = min(max(scale + step[2], -Self.widest), Self.widest)
      rotation = min(max(rotation + step[3], -Self.steepest), Self.steepest)
    case .stretch:
      scale = min(max(scale + (step[2] + step[3]) / 2, -Self.widest), Self.widest)
      stretch = min(max(stretch + (step[2] - step[3]) / 2, -Self.longest), Self.longest)
    }
  }

  /// Half of the motion backward, and half of it forward, which bring both thumbnails onto one in the middle.
  var halves: (back: Alignment, forward: Alignment) {
    var (back, forward) = (self, self)
    (forward.scale, forward.rotation) = (scale / 2, rotation / 2)
    (back.scale, back.rotation) = (-scale / 2, -rotation / 2)
    (forward.stretch, back.stretch) = (stretch / 2, -stretch / 2)
    // With z for half the scale and rotation as a complex number, the shift is t / (z + 1) forward, and -t / (z + 1) / z back.
    let (zx, zy) = (exp(scale / 2) * cos(rotation / 2), exp(scale / 2) * sin(rotation / 2))
    let size = (zx + 1) * (zx + 1) + zy * zy
    (forward.tx, forward.ty) = ((tx * (zx + 1) + ty * zy) / size, (ty * (zx + 1) - tx * zy) / size)
    let square = zx * zx + zy * zy
    back.tx = -(forward.tx * zx + forward.ty * zy) / square
    back.ty = -(forward.ty * zx - forward.tx * zy) / square
    return (back, forward)
  }

  private static func correlation(_ a: [Float], _ b: [Float]) -> Double {
    var (ab, aa, bb): (Float, Float, Float) = (0, 0, 0)
    // The values have local mean 0 already.
    for (x, y) in zip(a, b) where !x.isNaN && !y.isNaN {
      ab += x * y
      aa += x * x
      bb += y * y
    }
    return aa > 0 && bb > 0 ? Double(ab / (aa * bb).squareRoot()) : 0
  }

  /// `values` after the alignment, bilinear; not-a-number beyond the edge.
  func sample(_ values: [Float], side: Int) -> [Float] {
    let centre = Float(side - 1) / 2
    let (c, s) = (cos(rotation) * exp(scale), sin(rotation) * exp(scale))
    let (across, down) = (exp(stretch), exp(-stretch))
    let last = Float(side - 1)
    var output = [Float](repeating: .nan, count: side * side)
    values.withUnsafeBufferPointer { values in
      output.withUnsafeMutableBufferPointer { output in
        for row in 0..<side {
          for column in 0..<side {
            let (u, v) = ((Float(column) - centre) * across, (Float(row) - centre) * down)
            let (x, y) = (c * u - s * v + centre + tx, s * u + c * v + centre + ty)
            guard x >= -0.5, y >= -0.5, x <= last + 0.5, y <= last + 0.5 else { continue }
            let sample = BilinearSample(x: Double(x), y: Double(y), width: side, height: side)
            output[row * side + column] = Float(sample { Double(values[$1 * side + $0]) })
          }
        }
      }
    }
    return output
  }
}
