import Foundation
import Imaging

/// A person or character without background, reduced to the part that a crop around the head can show.
struct Figure: Sendable {
  /// The figure with alpha.
  let cutout: Pyramid
  /// The same part of the whole picture, for photographs with their own background.
  let scene: Pyramid?
  /// The face in pixels of `cutout`; estimated from the outline if it is unknown.
  let face: Box
  /// Whether the face is known.
  let isFaceKnown: Bool
  /// The edges at which the figure is cut off.
  let edges: Canvas.Edges
  /// The mean and the standard deviation of the figure's colors.
  let mean: [Float]
  let deviation: [Float]
  /// The mean color of its outline.
  let outline: [Float]
  /// Colors that occur in it.
  let palette: [[Float]]

  /// The maximum side in pixels; larger figures are reduced.
  static let longestSide = 448

  /// Cuts the figure out of `picture` (with alpha); nil if nearly all pixels are transparent.
  ///
  /// - Parameters:
  ///   - picture: The figure with alpha.
  ///   - hasScene: Whether the colors under transparent pixels are the picture's own background.
  ///   - faces: Boxes of faces in pixels of the picture; the largest counts.
  init?(_ picture: ImageBuffer, hasScene: Bool, faces: [Box]) {
    let rgba = picture.converted(to: .rgba)
    guard let outline = Outline(rgba) else { return nil }
    let known = faces.filter { $0.area > 0 }.max { $0.area < $1.area }
    let face = known ?? outline.guessedFace
    let unit = max(face.width, face.height)
    let center = face.center
    let (width, height) = (rgba.width, rgba.height)
    let x0 = min(max(0, Int(center.x - 2.6 * unit)), width - 2)
    let y0 = min(max(0, Int(center.y - 2.4 * unit)), height - 2)
    let x1 = max(x0 + 2, min(width, Int(center.x + 2.6 * unit)))
    let y1 = max(y0 + 2, min(height, Int(center.y + 3.0 * unit)))
    guard x1 - x0 >= 8, y1 - y0 >= 8 else { return nil }
    var part = rgba.cropped(x: x0, y: y0, width: x1 - x0, height: y1 - y0)
    let scale = min(1, Double(Self.longestSide) / Double(max(part.width, part.height)))
    let size = PixelSize(
      width: max(8, Int(Double(part.width) * scale)), height: max(8, Int(Double(part.height) * scale)))
    let wholeScene = hasScene ? part.converted(to: .rgb).resized(to: size) : nil
    part = part.resized(to: size)
    self.face = Box(
      x: (face.x - Double(x0)) * scale, y: (face.y - Double(y0)) * scale, width: face.width * scale,
      height: face.height * scale)
    isFaceKnown = known != nil
    edges = Self.cutEdges(of: part)
    cutout = Pyramid(part)
    scene = wholeScene.map(Pyramid.init)
    (mean, deviation, self.outline, palette) = Self.colors(of: part)
  }

  /// Bytes in memory.
  var cost: Int { cutout.cost + (scene?.cost ?? 0) }

  /// The edges along which more than 2 % of the pixels are opaque.
  private static func cutEdges(of image: ImageBuffer) -> Canvas.Edges {
    func share(_ count: Int, _ alpha: (Int) -> UInt8) -> Double {
      Double((0..<count).count { alpha($0) > 128 }) / Double(count)
    }
    let (w, h) = (image.width, image.height)
    func alpha(_ x: Int, _ y: Int) -> UInt8 { image.bytes[(y * w + x) * 4 + 3] }
    var edges: Canvas.Edges = []
    if share(h, { alpha(0, $0) }) > 0.02 { edges.insert(.left) }
    if share(h, { alpha(w - 1, $0) }) > 0.02 { edges.insert(.right) }
    if share(w, { alpha($0, 0) }) > 0.02 { edges.insert(.top) }
    if share(w, { alpha($0, h - 1) }) > 0.02 { edges.insert(.bottom) }
    return edges
  }

  private static func colors(
    of image: ImageBuffer
  ) -> (mean: [Float], deviation: [Float], outline: [Float], palette: [[Float]]) {
    let (w, h) = (image.width, image.height)
    var (sum, squares, count) = ([Float](repeating: 0, count: 3), [Float](repeating: 0, count: 3), Float(0))
    var (edge, edgeCount) = ([Float](repeating: 0, count: 3), Float(0))
    var palette: [[Float]] = []
    image.bytes.withUnsafeBufferPointer { pixels in
      for y in Swift.stride(from: 1, to: h - 1, by: 2) {
        for x in Swift.stride(from: 1, to: w - 1, by: 2) {
          let at = (y * w + x) * 4
          guard pixels[at + 3] > 200 else { continue }
          let color = [Float(pixels[at]), Float(pixels[at + 1]), Float(pixels[at + 2])]
          for channel in 0..<3 {
            sum[channel] += color[channel]
            squares[channel] += color[channel] * color[channel]
          }
          count += 1
          if Int(count) % 97 == 1, palette.count < 24 { palette.append(color) }
          let isEdge =
            pixels[at - 1] < 128 || pixels[at + 7] < 128 || pixels[at + 3 - 4 * w] < 128
            || pixels[at + 3 + 4 * w] < 128
          if isEdge {
            for channel in 0..<3 { edge[channel] += color[channel] }
            edgeCount += 1
          }
        }
      }
    }
    let mean = sum.map { $0 / max(1, count) }
    let deviation = (0..<3).map { max(1, squares[$0] / max(1, count) - mean[$0] * mean[$0]).squareRoot() }
    let outline = edgeCount > 0 ? edge.map { $0 / edgeCount } : mean
    return (mean, deviation, outline, palette.isEmpty ? [mean] : palette)
  }
}

/// The box of a picture's opaque pixels, and the likely position of the head.
private struct Outline {
  let box: Box
  private let headCenter: Double

  init?(_ image: ImageBuffer) {
    let (w, h) = (image.width, image.height)
    var (x0, y0, x1, y1) = (w, h, -1, -1)
    image.bytes.withUnsafeBufferPointer { pixels in
      for y in 0..<h {
        for x in 0..<w where pixels[(y * w + x) * 4 + 3] > 100 {
          (x0, x1) = (min(x0, x), max(x1, x))
          (y0, y1) = (min(y0, y), max(y1, y))
        }
      }
    }
    guard x1 - x0 >= 16, y1 - y0 >= 16 else { return nil }
    box = Box(x: Double(x0), y: Double(y0), width: Double(x1 - x0 + 1), height: Double(y1 - y0 + 1))
    let head = y0 + max(4, Int(Self.headHeight(box)))
    var (sum, count) = (0.0, 0.0)
    for y in y0..<min(head, h) {
      for x in x0...x1 where image.bytes[(y * w + x) * 4 + 3] > 100 {
        sum += Double(x)
        count += 1
      }
    }
    headCenter = count > 0 ? sum / count : box.center.x
  }

  /// The head is about a fifth of a whole figure and most of a portrait.
  private static func headHeight(_ box: Box) -> Double {
    box.height > 1.8 * box.width ? max(0.2 * box.height, 0.4 * box.width) : 0.7 * box.height
  }

  /// The face of an upright figure whose head is at its top.
  var guessedFace: Box {
    let head = min(Self.headHeight(box), 1.1 * box.width)
    let side = head * 0.6
    return Box(x: headCenter - side / 2, y: box.y + head * 0.35, width: side, height: side)
  }
}
