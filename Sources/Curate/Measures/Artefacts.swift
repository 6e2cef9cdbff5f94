/// What compression and interlacing leave behind, at the pixels of the source.
struct Artefacts {
  /// How much luma jumps at every eighth pixel beyond what it does elsewhere, in levels of 255.
  ///
  /// The mean over the best of the eight phases less their median, along rows and columns: 0.2 as photographed, 1.2 at JPEG
  /// quality 50, 4 at 10.
  let blocking: Double
  /// The share of pixels at which rows alternate as the two fields of an interlaced frame do, less that of columns: about 0
  /// for whole frames.
  let combing: Double

  init(_ figure: Figure) {
    let (width, height) = (figure.width, figure.height)
    let across = Self.blocking(figure, lines: height, length: width, stride: 1, lineStride: width)
    let down = Self.blocking(figure, lines: width, length: height, stride: width, lineStride: 1)
    blocking = (across + down) / 2
    combing = max(
      0,
      Self.combing(figure, lines: width, length: height, stride: width, lineStride: 1)
        - Self.combing(figure, lines: height, length: width, stride: 1, lineStride: width))
  }

  private static func blocking(
    _ figure: Figure, lines: Int, length: Int, stride: Int, lineStride: Int
  ) -> Double {
    var sums = [Double](repeating: 0, count: 8)
    var counts = [Int](repeating: 0, count: 8)
    guard length > 3 else { return 0 }
    let luma = figure.luma
    for line in 0..<lines {
      for place in 1..<length - 2 {
        let index = line * lineStride + place * stride
        guard figure.isFigure[index - stride], figure.isFigure[index], figure.isFigure[index + stride],
          figure.isFigure[index + 2 * stride]
        else { continue }
        let (p, q, r, s) = (
          Int(luma[index - stride]), Int(luma[index]), Int(luma[index + stride]),
          Int(luma[index + 2 * stride])
        )
        // Twice the jump beyond its neighbours'; an edge of the picture counts no more than a block's can.
        let jump = 2 * abs(r - q) - abs(q - p) - abs(s - r)
        sums[place % 8] += Double(min(24, max(-24, jump)))
        counts[place % 8] += 1
      }
    }
    let means = (0..<8).map { counts[$0] > 0 ? sums[$0] / Double(2 * counts[$0]) : 0 }.sorted()
    return means[7] - (means[3] + means[4]) / 2
  }

  private static func combing(
    _ figure: Figure, lines: Int, length: Int, stride: Int, lineStride: Int
  ) -> Double {
    var (combed, count) = (0, 0)
    guard length > 4 else { return 0 }
    let luma = figure.luma
    for line in 0..<lines {
      for place in 1..<length - 2 {
        let index = line * lineStride + place * stride
        guard figure.isFigure[index] else { continue }
        count += 1
        let (p, q, r, s) = (
          Int(luma[index - stride]), Int(luma[index]), Int(luma[index + stride]),
          Int(luma[index + 2 * stride])
        )
        // Up, down, up by more than noise, while every other row goes on smoothly.
        let (first, second, third) = (q - p, r - q, s - r)
        if abs(first) > 8, abs(second) > 8, abs(third) > 8, (first > 0) != (second > 0),
          (second > 0) != (third > 0), 2 * abs(r - p) < abs(first), 2 * abs(s - q) < abs(second)
        {
          combed += 1
        }
      }
    }
    return count > 0 ? Double(combed) / Double(count) : 0
  }
}
