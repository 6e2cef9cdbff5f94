/// Traces of compression and interlacing in the pixels of a source.
package struct CompressionTraces: Sendable {
  /// How visible the grid of JPEG blocks is, 0 to 1.
  ///
  /// Compression leaves steps at the borders of its blocks of eight pixels. The step between two neighbours is their
  /// difference minus the mean of the differences beside it; it is limited, so that a sharp edge of the picture counts
  /// little. The mean step is computed for each of the eight phases of a grid. The largest of the eight means minus
  /// their median, averaged over rows and columns, is the height h of the grid's steps in levels of 255. The measure
  /// is h / (h + 8). Typical values: 0.03 for anime images, 0.05 to 0.2 for photographs, 0.3 at JPEG quality 50, 0.5
  /// at quality 10 or less.
  ///
  /// The share of coefficients that compression removed does not work as a measure: in a picture with a blurred
  /// background, good compression removes nearly all.
  package let blocking: Double
  /// The share of pixels at which rows alternate like the two fields of an interlaced frame, minus the same
  /// share for columns; about 0 for progressive frames.
  package let combing: Double

  /// Measures a patch.
  package init(_ patch: LumaPatch) {
    let height = (Self.stepHeight(patch, .row) + Self.stepHeight(patch, .column)) / 2
    blocking = height / (height + 8)
    combing = max(0, Self.combing(patch, .column) - Self.combing(patch, .row))
  }

  /// The lines along which neighbouring pixels are compared.
  private enum Direction {
    case row
    case column
  }

  /// The maximum step that counts, in levels.
  private static let maxStep = 32

  /// The height of the steps at the borders of blocks in levels, at least 0.
  private static func stepHeight(_ patch: LumaPatch, _ direction: Direction) -> Double {
    let (width, height) = (patch.width, patch.height)
    let (offset, length) = direction == .row ? (1, width) : (width, height)
    guard length >= 16 else { return 0 }
    // The sums are of doubled steps, which are integers. Every second line is enough.
    var sums = [Int](repeating: 0, count: 8)
    var counts = [Int](repeating: 0, count: 8)
    patch.luma.withUnsafeBufferPointer { luma in
      patch.isIncluded.withUnsafeBufferPointer { isIncluded in
        let (firstRow, endRow, rowStep) = direction == .row ? (0, height, 2) : (2, height - 1, 1)
        let (firstColumn, endColumn, columnStep) = direction == .row ? (2, width - 1, 1) : (0, width, 2)
        for y in stride(from: firstRow, to: endRow, by: rowStep) {
          for x in stride(from: firstColumn, to: endColumn, by: columnStep) {
            let at = y * width + x
            guard isIncluded[at - 2 * offset], isIncluded[at - offset], isIncluded[at],
              isIncluded[at + offset]
            else { continue }
            let difference = Int(luma[at]) - Int(luma[at - offset])
            let step = 3 * difference + Int(luma[at - 2 * offset]) - Int(luma[at + offset])
            let phase = (direction == .row ? x : y) & 7
            sums[phase] += min(abs(step), 2 * maxStep)
            counts[phase] += 1
          }
        }
      }
    }
    let means = (0..<8).map { counts[$0] > 0 ? Double(sums[$0]) / Double(2 * counts[$0]) : 0 }.sorted()
    return means[7] - (means[3] + means[4]) / 2
  }

  /// The share of pixels that alternate along rows or columns.
  private static func combing(_ patch: LumaPatch, _ direction: Direction) -> Double {
    let (width, height) = (patch.width, patch.height)
    let (offset, length) = direction == .row ? (1, width) : (width, height)
    guard length > 4 else { return 0 }
    var (combed, count) = (0, 0)
    patch.luma.withUnsafeBufferPointer { luma in
      patch.isIncluded.withUnsafeBufferPointer { isIncluded in
        for y in direction == .row ? 0..<height : 1..<height - 2 {
          for x in direction == .row ? 1..<width - 2 : 0..<width {
            let at = y * width + x
            guard isIncluded[at] else { continue }
            count += 1
            let (p, q, r, s) = (
              Int(luma[at - offset]), Int(luma[at]), Int(luma[at + offset]), Int(luma[at + 2 * offset])
            )
            // The brightness alternates by more than noise, while every second row continues smoothly.
            let (first, second, third) = (q - p, r - q, s - r)
            if abs(first) > 8, abs(second) > 8, abs(third) > 8, (first > 0) != (second > 0),
              (second > 0) != (third > 0), 2 * abs(r - p) < abs(first), 2 * abs(s - q) < abs(second)
            {
              combed += 1
            }
          }
        }
      }
    }
    return count > 0 ? Double(combed) / Double(count) : 0
  }
}
