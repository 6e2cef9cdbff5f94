import Imaging

/// Where one print lies on another: x' = centre + (1 + sx)(x - centre) + tx, and so for y; moves are in print pixels.
struct Alignment: Sendable {
  private(set) var tx: Float = 0
  private(set) var ty: Float = 0
  private(set) var sx: Float = 0
  private(set) var sy: Float = 0

  /// How far a print may be moved, in pixels of 64, and stretched.
  static let farthest: Float = 5
  static let widest: Float = 0.12

  /// Finds the move and stretch that bring `b` onto `a` best, allowing for gain and offset of the light.
  ///
  /// Gauss-Newton on the luma difference at 32 x 32 (`LucasKanade`).
  init(of b: GrayThumbnail, onto a: GrayThumbnail) {
    let side = GrayThumbnail.side / 2
    for _ in 0..<10 {
      let warped = Self.sample(b.half, side: side, self)
      guard let step = LucasKanade(from: warped, to: a.half, width: side, border: 2, .stretch)?.motion else {
        return
      }
      tx = min(max(tx + step[0], -Self.farthest / 2), Self.farthest / 2)
      ty = min(max(ty + step[1], -Self.farthest / 2), Self.farthest / 2)
      sx = min(max(sx + step[2], -Self.widest), Self.widest)
      sy = min(max(sy + step[3], -Self.widest), Self.widest)
      if max(abs(step[0]), abs(step[1]), abs(step[2]) * 16, abs(step[3]) * 16) < 0.01 { break }
    }
    // From pixels of the half-size print to those of the whole.
    tx *= 2
    ty *= 2
  }

  /// `values` as this alignment shows them, bilinear; beyond the edge the edge's values are repeated.
  static func sample(_ values: [Float], side: Int, _ alignment: Alignment) -> [Float] {
    let center = Float(side - 1) / 2
    return [Float](unsafeUninitializedCapacity: side * side) { output, written in
      for row in 0..<side {
        let y = (Float(row) - center) * (1 + alignment.sy) + center + alignment.ty
        for column in 0..<side {
          let x = (Float(column) - center) * (1 + alignment.sx) + center + alignment.tx
          output[written] = BilinearSample(x: x, y: y, width: side, height: side)() { values[$1 * side + $0] }
          written += 1
        }
      }
    }
  }

  /// The columns or rows of the other print that this alignment reaches.
  func reached(scale: Float, move: Float) -> Range<Int> {
    let side = GrayThumbnail.side
    let center = Float(side - 1) / 2
    let inside = (0..<side).filter { index in
      let place = (Float(index) - center) * (1 + scale) + center + move
      return place >= -0.5 && place <= Float(side) - 0.5
    }
    return (inside.first ?? 0)..<((inside.last ?? -1) + 1)
  }
}
