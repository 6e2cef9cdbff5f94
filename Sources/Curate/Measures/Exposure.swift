/// How light falls on a figure; each value is 0 to 1 and taken over the figure's pixels alone.
struct Exposure {
  /// The mean luma: 0 black, 1 white.
  let brightness: Double
  /// The RMS contrast: the standard deviation of luma over 127.5, the greatest that there can be.
  let contrast: Double
  /// The share of pixels whose luma has run into an end of the scale: at most 2 or at least 253 of 255.
  let clipped: Double

  init(_ figure: Figure) {
    var (count, sum, squares, ends) = (0, 0, 0, 0)
    figure.forEachPixel { index in
      let luma = Int(figure.luma[index])
      count += 1
      sum += luma
      squares += luma * luma
      if luma <= 2 || luma >= 253 { ends += 1 }
    }
    guard count > 0 else {
      (brightness, contrast, clipped) = (0, 0, 0)
      return
    }
    let mean = Double(sum) / Double(count)
    brightness = mean / 255
    contrast = max(0, Double(squares) / Double(count) - mean * mean).squareRoot() / 127.5
    clipped = Double(ends) / Double(count)
  }
}
