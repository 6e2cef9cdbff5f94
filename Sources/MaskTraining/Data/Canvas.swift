import Foundation
import Imaging

/// The placement of a picture on a canvas: an affine map from canvas pixels to the picture's pixels.
struct Placement: Sendable {
  var map: AffineMap

  /// Places a picture so that `anchor` (picture pixels) is at `target` (canvas pixels).
  ///
  /// One canvas pixel is `step` picture pixels; the picture is rotated by `degrees` and optionally mirrored.
  init(anchor: Point, at target: Point, step: Double, degrees: Double = 0, mirrored: Bool = false) {
    let turn = AffineMap.translation(x: -target.x, y: -target.y)
      .then(.rotation(degrees: degrees))
      .then(AffineMap(mirrored ? -step : step, 0, 0, 0, step, 0))
    map = turn.then(.translation(x: anchor.x, y: anchor.y))
  }

  /// The position of a picture point on the canvas.
  func canvas(_ point: Point) -> Point { map.inverse?(point) ?? point }
}

/// A linear change of colors: three rows of factors for red, green and blue and an offset, for samples from 0
/// to 255.
struct ColorChange: Sendable {
  var rows: [Float]

  static let none = ColorChange(rows: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0])

  func callAsFunction(_ color: [Float]) -> [Float] {
    (0..<3).map { row in
      let at = row * 4
      let sum = rows[at] * color[0] + rows[at + 1] * color[1] + rows[at + 2] * color[2]
      return min(max(sum + rows[at + 3], 0), 255)
    }
  }
}

/// A square picture that is being composed: red, green and blue from 0 to 255, and one plane of alpha.
struct Canvas {
  let side: Int
  /// Interleaved.
  var colors: [Float]

  init(side: Int, color: [Float] = [0, 0, 0]) {
    self.side = side
    colors = [Float](unsafeUninitializedCapacity: side * side * 3) { output, written in
      for index in 0..<side * side * 3 { output[index] = color[index % 3] }
      written = side * side * 3
    }
  }

  /// The edges beyond which a picture is continued by its last pixels.
  struct Edges: OptionSet, Sendable {
    let rawValue: Int
    static let left = Edges(rawValue: 1)
    static let right = Edges(rawValue: 2)
    static let top = Edges(rawValue: 4)
    static let bottom = Edges(rawValue: 8)
    static let all = Edges(rawValue: 15)
  }

  /// Draws `picture` over the canvas.
  ///
  /// - Returns: how much of each pixel the picture covers, 0 to 1.
  mutating func draw(
    _ picture: Pyramid, _ placement: Placement, color: ColorChange = .none, continuing edges: Edges
  ) -> [Float] {
    let (level, factor) = picture.level(for: placement.map.scale)
    let map = placement.map
    let (width, height, side) = (level.width, level.height, side)
    // From canvas pixel centers to pixel centers of the level.
    let f = Float(factor)
    let (a, b, c) = (Float(map.a) * f, Float(map.b) * f, (Float(map.c) + 0.5) * f - 0.5)
    let (d, e, g) = (Float(map.d) * f, Float(map.e) * f, (Float(map.f) + 0.5) * f - 0.5)
    let (left, right) = (edges.contains(.left), edges.contains(.right))
    let (top, bottom) = (edges.contains(.top), edges.contains(.bottom))
    let (maxX, maxY) = (Float(width - 1), Float(height - 1))
    let m = color.rows
    let (m0, m1, m2, m3) = (m[0], m[1], m[2], m[3])
    let (m4, m5, m6, m7) = (m[4], m[5], m[6], m[7])
    let (m8, m9, m10, m11) = (m[8], m[9], m[10], m[11])
    var coverage = [Float](repeating: 0, count: side * side)
    colors.withUnsafeMutableBufferPointer { out in
      coverage.withUnsafeMutableBufferPointer { cover in
        level.bytes.withUnsafeBufferPointer { input in
          for y in 0..<side {
            for x in 0..<side {
              var sx = a * Float(x) + b * Float(y) + c
              var sy = d * Float(x) + e * Float(y) + g
              var inside: Float = 1
              if sx < 0 {
                if !left { inside = max(0, 1 + sx) }
                sx = 0
              } else if sx > maxX {
                if !right { inside = max(0, 1 + maxX - sx) }
                sx = maxX
              }
              if sy < 0 {
                if !top { inside *= max(0, 1 + sy) }
                sy = 0
              } else if sy > maxY {
                if !bottom { inside *= max(0, 1 + maxY - sy) }
                sy = maxY
              }
              guard inside > 0 else { continue }
              let (x0, y0) = (min(Int(sx), width - 2), min(Int(sy), height - 2))
              let (fx, fy) = (sx - Float(x0), sy - Float(y0))
              let (w00, w01) = ((1 - fx) * (1 - fy) * inside, fx * (1 - fy) * inside)
              let (w10, w11) = ((1 - fx) * fy * inside, fx * fy * inside)
              let p = (y0 &* width &+ x0) &* 4
              let q = p &+ width &* 4
              let alpha =
                w00 * Float(input[p &+ 3]) + w01 * Float(input[p &+ 7]) + w10 * Float(input[q &+ 3])
                + w11 * Float(input[q &+ 7])
              guard alpha > 0 else { continue }
              let red =
                w00 * Float(input[p]) + w01 * Float(input[p &+ 4]) + w10 * Float(input[q])
                + w11 * Float(input[q &+ 4])
              let green =
                w00 * Float(input[p &+ 1]) + w01 * Float(input[p &+ 5]) + w10 * Float(input[q &+ 1])
                + w11 * Float(input[q &+ 5])
              let blue =
                w00 * Float(input[p &+ 2]) + w01 * Float(input[p &+ 6]) + w10 * Float(input[q &+ 2])
                + w11 * Float(input[q &+ 6])
              let share = alpha / 255
              let under = 1 - share
              let at = y &* side &+ x
              cover[at] = share
              // The offset is weighted by the alpha; premultiplied colors are at most alpha.
              let r = min(max(m0 * red + m1 * green + m2 * blue + m3 * share, 0), alpha)
              let gr = min(max(m4 * red + m5 * green + m6 * blue + m7 * share, 0), alpha)
              let bl = min(max(m8 * red + m9 * green + m10 * blue + m11 * share, 0), alpha)
              out[at &* 3] = out[at &* 3] * under + r
              out[at &* 3 &+ 1] = out[at &* 3 &+ 1] * under + gr
              out[at &* 3 &+ 2] = out[at &* 3 &+ 2] * under + bl
            }
          }
        }
      }
    }
    return coverage
  }

  /// The canvas as an image, samples rounded.
  var image: ImageBuffer {
    let bytes = colors.map { UInt8(min(max($0, 0), 255).rounded()) }
    return ImageBuffer(width: side, height: side, format: .rgb, bytes: bytes)
  }

  /// Copies the samples of an RGB image of the same size.
  mutating func take(_ image: ImageBuffer) {
    let image = image.converted(to: .rgb)
    precondition(image.width == side && image.height == side, "the image is as large as the canvas")
    colors = image.bytes.map { Float($0) }
  }
}
