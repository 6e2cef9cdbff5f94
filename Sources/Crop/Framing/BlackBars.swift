import Foundation
import Imaging

/// The black bars of a letterboxed or pillarboxed picture.
///
/// A bar differs from a dark scene by its straight end: in most columns (or rows), the first lit pixel from
/// the edge is at the same position. Outlines of a scene do not look like this on two opposite sides at once.
/// Text in a bar covers only some columns, so the bar is still found.
struct BlackBars: Equatable {
  /// The part of the picture between the bars, in whole pixels.
  let content: Box

  /// The share of the picture that the bars cover, 0 to 1.
  let share: Double

  /// Pixels above this gray level are lit.
  ///
  /// Bars of compressed videos have up to 16, and slightly more near their end.
  private static let lit: UInt8 = 32

  /// Finds the bars of `picture`; nil if it has none.
  init?(of picture: ImageBuffer) {
    let gray = picture.converted(to: .gray)
    let (width, height) = (gray.width, gray.height)
    guard width >= 64, height >= 64 else { return nil }
    // Distances from each edge to the first lit pixel; the line's length if there is none.
    var (left, right) = ([Int](repeating: width, count: height), [Int](repeating: width, count: height))
    var (top, bottom) = ([Int](repeating: height, count: width), [Int](repeating: height, count: width))
    gray.bytes.withUnsafeBufferPointer { pixels in
      for y in 0..<height {
        let row = pixels[y * width..<(y + 1) * width]
        guard let first = row.firstIndex(where: { $0 > Self.lit }),
          let last = row.lastIndex(where: { $0 > Self.lit })
        else { continue }
        left[y] = first - row.startIndex
        right[y] = row.endIndex - 1 - last
      }
      for x in 0..<width {
        if let y = (0..<height).first(where: { pixels[$0 * width + x] > Self.lit }) { top[x] = y }
        if top[x] < height, let y = (0..<height).last(where: { pixels[$0 * width + x] > Self.lit }) {
          bottom[x] = height - 1 - y
        }
      }
    }
    let (upper, lower) = Self.pair(top, bottom, length: height)
    let (before, after) = Self.pair(left, right, length: width)
    guard upper + lower + before + after > 0 else { return nil }
    content = Box(
      x: Double(before), y: Double(upper), width: Double(width - before - after),
      height: Double(height - upper - lower))
    share = 1 - content.width * content.height / Double(width * height)
  }

  /// The thickness of the bars at two opposite edges.
  ///
  /// - Parameters:
  ///   - near: For each line across the bars, the distance of its first lit pixel from one edge.
  ///   - far: The same from the other edge.
  ///   - length: The length of those lines in pixels.
  /// - Returns: The thickness in pixels at the near and at the far edge; 0 if there is no bar.
  private static func pair(_ near: [Int], _ far: [Int], length: Int) -> (Int, Int) {
    let (first, second) = (end(near, length), end(far, length))
    let minimum = max(3, length / 80)
    guard max(first.place, second.place) >= minimum, first.place + second.place < length * 7 / 10 else {
      return (0, 0)
    }
    // One more row is removed at each side, because a bar's end is seldom sharp.
    if first.place >= minimum, second.place >= minimum, first.share > 0.2, second.share > 0.2,
      first.share + second.share > 0.6, abs(first.place - second.place) <= max(3, length / 40)
    {
      return (first.place + 1, second.place + 1)
    }
    if first.place >= 3 * minimum, first.share > 0.97 { return (first.place + 1, 0) }
    if second.place >= 3 * minimum, second.share > 0.97 { return (0, second.place + 1) }
    return (0, 0)
  }

  /// The distance at which most lines have their first lit pixel, and the share of such lines among those
  /// with a lit pixel.
  private static func end(_ distances: [Int], _ length: Int) -> (place: Int, share: Double) {
    var counts = [Int](repeating: 0, count: length + 3)
    var all = 0
    for distance in distances where distance < length {
      counts[distance] += 1
      all += 1
    }
    // If less than a third of the lines have lit pixels, the scene is too dark for a decision.
    guard all * 3 > distances.count else { return (0, 0) }
    var best = (place: 0, count: 0)
    for place in 0..<length {
      let count = counts[place] + counts[place + 1] + counts[place + 2]
      if count > best.count { best = (place, count) }
    }
    while best.place < length, counts[best.place] * 20 < best.count { best.place += 1 }
    return (best.place, Double(best.count) / Double(all))
  }
}
