/// How light falls on a figure; each value is 0 to 1 and taken over the figure's pixels alone.
struct Exposure {
  /// The mean luma: 0 black, 1 white.
  let brightness: Double
  /// The RMS contrast: the standard deviation of luma over 127.5, the greatest that there can be.
  let contrast: Double
  /// The share of pixels that have run into an end of the scale: luma at most 2 of 255, or two channels at least 253.
  let clipped: Double
  /// The luma below which 99 % of the pixels lie: low where a picture was taken with too little light.
  let whitePoint: Double
  /// The luma below which 5 % of the pixels lie: high where a picture is washed out.
  let blackPoint: Double

  init(_ foreground: Foreground) {
    var counts = [Int](repeating: 0, count: 256)
    var blown = 0
    foreground.forEachPixel { index in
      counts[Int(foreground.luma[index])] += 1
      let (r, g, b) = (
        foreground.colors[index * 3], foreground.colors[index * 3 + 1], foreground.colors[index * 3 + 2]
      )
      // One full channel is a colour, two are lost light.
      if max(min(r, g), min(max(r, g), b)) >= 253 { blown += 1 }
    }
    let count = counts.reduce(0, +)
    guard count > 0 else {
      (brightness, contrast, clipped, whitePoint, blackPoint) = (0, 0, 0, 0, 0)
      return
    }
    let sum = counts.enumerated().reduce(0) { $0 + $1.offset * $1.element }
    let squares = counts.enumerated().reduce(0) { $0 + $1.offset * $1.offset * $1.element }
    let mean = Double(sum) / Double(count)
    brightness = mean / 255
    contrast = max(0, Double(squares) / Double(count) - mean * mean).squareRoot() / 127.5
    clipped = Double(counts[...2].reduce(0, +) + blown) / Double(count)
    /// The luma at which so many of a hundred pixels are reached.
    func level(_ percent: Int) -> Double {
      var (seen, luma) = (0, 0)
      while luma < 255, (seen + counts[luma]) * 100 < count * percent {
        seen += counts[luma]
        luma += 1
      }
      return Double(luma) / 255
    }
    (whitePoint, blackPoint) = (level(99), level(5))
  }
}
