import Dataset
import Foundation
import Imaging

/// The occlusion of a face, estimated from its colors.
///
/// In the ellipse of the face (four fifths of its box), pixels with the most frequent color or a similar one are skin. Other
/// pixels may be an object, a face mask or hair, but also eyes and mouth, so a face without occlusion has about 0.2 to 0.4. A
/// hand has the color of the face and is not detected.
enum Occlusion {
  /// The fraction of the face that is not skin, 0...1; nil if no face was detected.
  static func measure(_ foreground: Foreground, face: Sample.Face, map: AffineMap) -> Double? {
    guard let inside = pixels(foreground, face, map) else { return nil }
    // Black and white are never skin; otherwise a black half of a face could count as skin.
    let usable = inside.filter { (8...250).contains(foreground.luma[$0]) }
    guard usable.count >= 64 else { return 1 }
    let skin = mainColor(foreground, usable)
    let shown = usable.count { foreground.isForeground[$0] && isNear(foreground, $0, skin) }
    return 1 - Double(shown) / Double(inside.count)
  }

  /// The fraction of the face, 0...1, that is pure black or white, inside or outside the mask; nil if no face was detected.
  static func clipped(_ foreground: Foreground, face: Sample.Face, map: AffineMap) -> Double? {
    guard let inside = pixels(foreground, face, map) else { return nil }
    let lost = inside.count { index in
      let colors = [0, 1, 2].map { foreground.colors[index * 3 + $0] }.sorted()
      return foreground.luma[index] <= 2 || colors[1] >= 253
    }
    return Double(lost) / Double(inside.count)
  }

  /// The fraction, 0...1, of pure black left or right of the face's middle, whichever is higher; nil if no face was detected.
  ///
  /// It covers three quarters of the box's width to each side and the middle three fifths of its height, because detectors
  /// find a narrower face if half of it is black. Black hair beside a face has up to 0.32.
  static func black(_ foreground: Foreground, face: Sample.Face, map: AffineMap) -> Double? {
    var (sides, black) = ([0, 0], [0, 0])
    let isMeasured = forEachPixel(foreground, face, map, reach: 0.75) { index, u, v in
      guard abs(v) <= 0.3 else { return }
      let side = u < 0 ? 0 : 1
      sides[side] += 1
      if foreground.luma[index] <= 2 { black[side] += 1 }
    }
    guard isMeasured, sides.reduce(0, +) >= 64 else { return nil }
    return zip(black, sides).map { $1 < 32 ? 0 : Double($0) / Double($1) }.max()
  }

  /// The pixels in the ellipse of the face that are inside the source image; nil if they are too few.
  private static func pixels(_ foreground: Foreground, _ face: Sample.Face, _ map: AffineMap) -> [Int]? {
    var inside: [Int] = []
    let isMeasured = forEachPixel(foreground, face, map, reach: 0.4) { index, u, v in
      if u * u + v * v <= 0.4 * 0.4 { inside.append(index) }
    }
    return isMeasured && inside.count >= 64 ? inside : nil
  }

  /// Calls `body` with each pixel inside the source image near the face, and its distances from the face's middle as shares of
  /// the box's width and height.
  ///
  /// - Returns: Whether a detector found the face.
  private static func forEachPixel(
    _ foreground: Foreground, _ face: Sample.Face, _ map: AffineMap, reach: Double,
    _ body: (_ index: Int, _ u: Double, _ v: Double) -> Void
  ) -> Bool {
    guard face.detector != "given", face.box.width > 0, face.box.height > 0 else { return false }
    let centre = map(face.box.center)
    let (width, height) = (face.box.width * map.scale, face.box.height * map.scale)
    // The box is parallel to the source's axes, so it is rotated with the crop.
    let turn = atan2(map.d, map.a)
    let (cosine, sine) = (cos(turn), sin(turn))
    let radius = reach * max(width, height)
    for y in span(centre.y, radius, foreground.height) {
      for x in span(centre.x, radius, foreground.width) {
        let (dx, dy) = (Double(x) - centre.x, Double(y) - centre.y)
        let (u, v) = ((dx * cosine + dy * sine) / width, (dy * cosine - dx * sine) / height)
        let index = y * foreground.width + x
        if abs(u) <= reach, abs(v) <= reach, foreground.isInside[index] { body(index, u, v) }
      }
    }
    return true
  }

  /// The pixels in 0..<`count` that are at most `reach` from `centre`; empty if the face is outside the crop.
  private static func span(_ centre: Double, _ reach: Double, _ count: Int) -> Range<Int> {
    guard centre.isFinite, reach.isFinite else { return 0..<0 }
    let first = Int(min(max(centre - reach, 0), Double(count)))
    return first..<max(first, Int(min(max(centre + reach + 1, 0), Double(count))))
  }

  /// The mean luma and color differences in the fullest cell of a coarse histogram and its neighbours.
  private static func mainColor(_ foreground: Foreground, _ pixels: [Int]) -> (Int, Int, Int) {
    var cells = [Int](repeating: 0, count: 8 * 32 * 32)
    func cell(_ index: Int) -> Int {
      let (y, red, blue) = color(foreground, index)
      return (y / 32 * 32 + (red + 255) / 16) * 32 + (blue + 255) / 16
    }
    for index in pixels { cells[cell(index)] += 1 }
    let fullest = cells.indices.max { (cells[$0], $1) < (cells[$1], $0) } ?? 0
    let (own, red, blue) = (fullest / 1024, fullest / 32 % 32, fullest % 32)
    var (sums, count) = ((0, 0, 0), 0)
    for index in pixels {
      let value = color(foreground, index)
      guard abs(value.0 / 32 - own) <= 1, abs((value.1 + 255) / 16 - red) <= 1,
        abs((value.2 + 255) / 16 - blue) <= 1
      else { continue }
      sums = (sums.0 + value.0, sums.1 + value.1, sums.2 + value.2)
      count += 1
    }
    return count > 0 ? (sums.0 / count, sums.1 / count, sums.2 / count) : (0, 0, 0)
  }

  private static func color(_ foreground: Foreground, _ index: Int) -> (Int, Int, Int) {
    let luma = Int(foreground.luma[index])
    return (luma, Int(foreground.colors[index * 3]) - luma, Int(foreground.colors[index * 3 + 2]) - luma)
  }

  /// Whether a pixel has the color `main`, possibly in light or in shade.
  private static func isNear(_ foreground: Foreground, _ index: Int, _ main: (Int, Int, Int)) -> Bool {
    let (luma, red, blue) = color(foreground, index)
    guard luma > main.0 - 90, luma < main.0 + 70 else { return false }
    // Shade scales the color differences and the luma by the same factor.
    let light = Double(max(luma, 1)) / Double(max(main.0, 1))
    return abs(Double(red) - Double(main.1) * light) < 18 && abs(Double(blue) - Double(main.2) * light) < 18
  }
}
