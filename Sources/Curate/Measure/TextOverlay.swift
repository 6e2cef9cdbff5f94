import Dataset
import Foundation
import Imaging

/// Text over the lower half of a face, such as a caption or a watermark.
///
/// Letters change between nearly black and nearly white within a few pixels, several times in a row. The measure is the mean
/// number of such changes per row, in the strip of 6 % of the face's height with the most changes: 0 to 2 in photos, up to 7 in
/// a few anime images with white eyes and teeth, 8 and more with most captions.
enum TextOverlay {
  /// Luma below the first counts as dark, above the second as light.
  private static let (dark, light) = (UInt8(70), UInt8(190))

  /// The number of changes; nil without a detected face.
  static func measure(_ foreground: Foreground, face: Sample.Face, map: AffineMap) -> Double? {
    guard face.detector != "given", face.box.width > 0, face.box.height > 0 else { return nil }
    let centre = map(face.box.center)
    let (width, height) = (face.box.width * map.scale, face.box.height * map.scale)
    guard width.isFinite, height.isFinite, centre.x.isFinite, centre.y.isFinite else { return nil }
    func inside(_ value: Double, _ limit: Int) -> Int { Int(min(max(0, value), Double(limit))) }
    let columns =
      inside(
        centre.x - 0.45 * width, foreground.width)..<max(
        inside(centre.x - 0.45 * width, foreground.width), inside(centre.x + 0.45 * width, foreground.width))
    let top = inside(centre.y, foreground.height)
    let rows = top..<max(top, inside(centre.y + 0.5 * height, foreground.height))
    guard columns.count * rows.count >= 400 else { return nil }
    let farthest = max(3, Int(0.05 * width))
    let counts = rows.map { row -> Double in
      var (last, isLight, changes) = (-1, false, 0)
      for column in columns {
        let luma = foreground.luma[row * foreground.width + column]
        guard luma < dark || luma > light else { continue }
        if last >= 0, isLight != (luma > light), column - last <= farthest { changes += 1 }
        (last, isLight) = (column, luma > light)
      }
      return Double(changes)
    }
    let strip = min(counts.count, max(3, Int(0.06 * height)))
    var sum = counts.prefix(strip).reduce(0, +)
    var maximum = sum
    for row in strip..<max(strip, counts.count) {
      sum += counts[row] - counts[row - strip]
      maximum = max(maximum, sum)
    }
    return maximum / Double(strip)
  }
}
