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
  /// Gauss-Newton on the luma difference (Lucas and Kanade, 1981) at 32 x 32, each pixel weighed by
  /// 1 / (1 + (r / s)^2) of its difference r, s being 1.5 times the median: what is in one picture alone, such as a
  /// caption, does not pull.
  init(of b: GrayThumbnail, onto a: GrayThumbnail) {
    let side = GrayThumbnail.side / 2
    let center = Float(side - 1) / 2
    let border = 2
    let inner = side - 2 * border
    var differences = [Float](repeating: 0, count: inner * inner)
    var rows = [SIMD8<Float>](repeating: .zero, count: inner * inner)
    for _ in 0..<10 {
      let warped = Self.sample(b.half, side: side, self)
      for y in border..<side - border {
        for x in border..<side - border {
          let index = y * side + x
          let gx = (warped[index + 1] - warped[index - 1]) / 2
          let gy = (warped[index + side] - warped[index - side]) / 2
          let at = (y - border) * inner + x - border
          differences[at] = a.half[index] - warped[index]
          rows[at] = SIMD8(
            gx, gy, gx * (Float(x) - center), gy * (Float(y) - center), warped[index] / 64, 1, 0, 0)
        }
      }
      let median = differences.map { abs($0) }.sorted()[differences.count / 2]
      let scale = max(4, 1.5 * median)
      var system = NormalEquations()
      for (row, difference) in zip(rows, differences) {
        let ratio = difference / scale
        system.add(row, difference, weight: 1 / (1 + ratio * ratio))
      }
      guard let step = system.solve() else { return }
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
    let last = Float(side - 1)
    func places(_ scale: Float, _ move: Float) -> [(first: Int, share: Float)] {
      (0..<side).map { index in
        let place = min(max((Float(index) - center) * (1 + scale) + center + move, 0), last)
        let first = min(Int(place), side - 2)
        return (first, place - Float(first))
      }
    }
    let columns = places(alignment.sx, alignment.tx)
    let rows = places(alignment.sy, alignment.ty)
    return [Float](unsafeUninitializedCapacity: side * side) { output, written in
      for row in rows {
        let top = row.first * side
        for column in columns {
          let at = top + column.first
          let upper = values[at] + (values[at + 1] - values[at]) * column.share
          let lower = values[at + side] + (values[at + side + 1] - values[at + side]) * column.share
          output[written] = upper + (lower - upper) * row.share
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
