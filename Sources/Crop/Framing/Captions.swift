import Foundation
import Imaging
import Vision

/// Finds lines of text over a picture, such as subtitles.
///
/// Letters are small connected parts of one brightness, with contrast all around and strokes of one width.
/// Anime has such parts too, but not several in a row with the same color, height and stroke width.
enum Captions {
  /// Finds the lines of text in `part`, which is the region `content` of an image; nil for the whole image.
  ///
  /// - Returns: The lines as boxes in the image's pixels.
  /// - Throws: `VisionError`.
  static func find(in part: ImageBuffer, at content: Box?) throws -> [Box] {
    try find(in: part).map {
      Box(x: $0.x + (content?.x ?? 0), y: $0.y + (content?.y ?? 0), width: $0.width, height: $0.height)
    }
  }

  /// Finds the lines of text in `picture`, as boxes in its pixels, from top to bottom.
  ///
  /// - Throws: `VisionError`.
  static func find(in picture: ImageBuffer) throws -> [Box] {
    let size = picture.size.fitted(inHeight: 480)
    guard size.width >= 64, size.height >= 64 else { return [] }
    let small = picture.converted(to: .rgb).resized(to: size)
    let gray = small.converted(to: .gray)
    var lines: [Box] = []
    for level in levels {
      let mask = ImageBuffer(
        width: size.width, height: size.height, format: .gray,
        bytes: gray.bytes.map { level.includes($0) ? 255 : 0 })
      lines += Self.lines(of: try glyphs(mask, gray, small, level), in: size)
    }
    let back = picture.size.map(from: size)
    return merged(lines).map { line in
      let corner = back(Point(x: line.x - 0.5, y: line.y - 0.5))
      return Box(
        x: corner.x + 0.5, y: corner.y + 0.5, width: line.width * back.a, height: line.height * back.e)
    }
  }

  /// A brightness threshold that separates letters from their surroundings.
  private struct Level {
    let value: UInt8
    let isBright: Bool
    func includes(_ sample: UInt8) -> Bool { isBright ? sample > value : sample < value }
  }

  private static let levels = [
    Level(value: 215, isBright: true), Level(value: 170, isBright: true),
    Level(value: 60, isBright: false), Level(value: 185, isBright: false),
  ]

  /// A connected part that may be a letter or a piece of one.
  private struct Glyph {
    var box: Box
    var color: [Double]
    var stroke: Double
  }

  /// The parts of `mask` that may be letters.
  private static func glyphs(
    _ mask: ImageBuffer, _ gray: ImageBuffer, _ color: ImageBuffer, _ level: Level
  ) throws -> [Glyph] {
    let components = try Components(of: mask)
    let (width, height) = (gray.width, gray.height)
    let minHeight = Double(height) / 60
    let wanted = components.parts.map { part in
      part.box.height >= minHeight && part.box.height <= Double(height) / 8
        && part.box.width <= Double(height) / 6 && part.area >= 8
        && part.box.x > 1 && part.box.y > 1 && part.box.x + part.box.width < Double(width - 1)
        && part.box.y + part.box.height < Double(height - 1)
    }
    guard wanted.contains(true) else { return [] }
    // For each part: the number of its edge pixels, how many of them have contrast, and the sums of its
    // color.
    var edges = [Int](repeating: 0, count: wanted.count)
    var contrasted = edges
    var sums = [[Double]](repeating: [0, 0, 0], count: wanted.count)
    for (index, part) in components.parts.enumerated() where wanted[index] {
      let (x0, y0) = (Int(part.box.x), Int(part.box.y))
      for y in y0..<y0 + Int(part.box.height) {
        for x in x0..<x0 + Int(part.box.width) where components.labels[y * width + x] == part.label {
          let own = Int(gray.bytes[y * width + x])
          let at = (y * width + x) * 3
          for channel in 0..<3 { sums[index][channel] += Double(color.bytes[at + channel]) }
          for (dx, dy) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
            let (nx, ny) = (x + dx, y + dy)
            guard components.labels[ny * width + nx] != part.label else { continue }
            edges[index] += 1
            let beyond = (1...3).map { step in
              let (fx, fy) = (min(max(x + step * dx, 0), width - 1), min(max(y + step * dy, 0), height - 1))
              return Int(gray.bytes[fy * width + fx])
            }
            let drop = level.isBright ? own - (beyond.min() ?? own) : (beyond.max() ?? own) - own
            if drop > 48 { contrasted[index] += 1 }
          }
        }
      }
    }
    return components.parts.indices.compactMap { index in
      guard wanted[index], edges[index] > 0 else { return nil }
      let part = components.parts[index]
      let stroke = 2 * Double(part.area) / Double(edges[index])
      guard stroke < 0.45 * max(part.box.height, part.box.width), stroke < Double(height) / 48,
        Double(contrasted[index]) > 0.8 * Double(edges[index])
      else { return nil }
      return Glyph(
        box: part.box, color: sums[index].map { $0 / Double(part.area) }, stroke: stroke)
    }
  }

  /// Groups parts into rows of letters.
  private static func lines(of glyphs: [Glyph], in size: PixelSize) -> [Box] {
    let sorted = glyphs.sorted { ($0.box.x, $0.box.y) < ($1.box.x, $1.box.y) }
    var sets = UnionFind(count: sorted.count)
    for (index, glyph) in sorted.enumerated() {
      for next in (index + 1)..<max(index + 1, sorted.count) {
        let other = sorted[next]
        guard other.box.x - (glyph.box.x + glyph.box.width) < 2 * Double(size.height) / 16 else { break }
        if Self.areNeighbours(glyph, other) { sets.join(next, index) }
      }
    }
    let rows = Dictionary(grouping: sorted.indices) { sets.root(of: $0) }.values.map { $0.map { sorted[$0] } }
    return rows.compactMap { row in
      guard row.count >= 5 else { return nil }
      let box = row.map(\.box).reduce(row[0].box) { $0.union($1) }
      let tallest = row.map(\.box.height).max() ?? 0
      let covered = row.map(\.box.width).reduce(0, +)
      guard box.width >= 4 * tallest, box.height <= 1.6 * tallest, covered > 0.4 * box.width,
        box.width > 0.06 * Double(size.width)
      else { return nil }
      return box
    }
  }

  /// Whether two parts are next to each other in one line and have the same color and stroke width.
  private static func areNeighbours(_ a: Glyph, _ b: Glyph) -> Bool {
    let taller = max(a.box.height, b.box.height)
    let gap = b.box.x - (a.box.x + a.box.width)
    let shared =
      min(a.box.y + a.box.height, b.box.y + b.box.height) - max(a.box.y, b.box.y)
    return gap < 1.4 * taller && shared > 0.5 * min(a.box.height, b.box.height)
      && max(a.stroke, b.stroke) < 1.7 * min(a.stroke, b.stroke)
      && zip(a.color, b.color).allSatisfy { abs($0 - $1) < 36 }
  }

  /// Joins overlapping lines; the result is sorted from top to bottom.
  private static func merged(_ lines: [Box]) -> [Box] {
    var result: [Box] = []
    for line in lines.sorted(by: { $0.area > $1.area }) {
      if let index = result.firstIndex(where: { $0.intersectionOverUnion(line) > 0.1 }) {
        result[index] = result[index].union(line)
      } else {
        result.append(line)
      }
    }
    return result.sorted { ($0.y, $0.x) < ($1.y, $1.x) }
  }
}

extension Box {
  /// The smallest box that contains both.
  func union(_ other: Box) -> Box {
    let (left, top) = (min(x, other.x), min(y, other.y))
    return Box(
      x: left, y: top, width: max(x + width, other.x + other.width) - left,
      height: max(y + height, other.y + other.height) - top)
  }

  /// Whether a point is in the box, which begins half a pixel before the center of its first pixel.
  func contains(_ point: Point) -> Bool {
    point.x >= x - 0.5 && point.y >= y - 0.5 && point.x < x + width - 0.5 && point.y < y + height - 0.5
  }
}
