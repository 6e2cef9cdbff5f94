/// Measures of light over the foreground's pixels, each 0...1.
struct Exposure {
  /// The mean luma: 0 black, 1 white.
  let brightness: Double
  /// The RMS contrast: the standard deviation of luma divided by its maximum possible value, 127.5.
  let contrast: Double
  /// The fraction of clipped pixels: luma at most 2 of 255, or two channels at least 253.
  let clipped: Double
  /// The 99th percentile of luma, which is low in underexposed images.
  let whitePoint: Double
  /// The 5th percentile of luma, which is high in washed-out images.
  let blackPoint: Double

  init(_ foreground: Foreground) {
    var counts = [Int](repeating: 0, count: 256)
    var blown = 0
    foreground.forEachPixel { index in
      counts[Int(foreground.luma[index])] += 1
      let (r, g, b) = (
        foreground.colors[index * 3], foreground.colors[index * 3 + 1], foreground.colors[index * 3 + 2]
      )
      // One saturated channel is a pure color; two are overexposure.
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
    /// The percentile of luma.
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
