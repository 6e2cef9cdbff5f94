/// How colourful a figure is; each value is taken over the figure's pixels alone.
struct Colors {
  /// 0 (grey) to 1: the mean of the largest minus the smallest of R, G and B.
  ///
  /// The difference, HSV's chroma, is used rather than HSV's saturation, which is large for almost black pixels.
  let saturation: Double
  /// How colourful, 0 to about 1.
  ///
  /// The measure of Hasler and Suesstrunk, "Measuring colourfulness in natural images" (2003), over 150. Their own scale
  /// has 15 as slightly, 33 as moderately, 59 as quite and 109 as extremely colourful.
  let colorfulness: Double
  /// The share of pixels whose channels differ by at most 10 of 255: 1 for a picture without colour, however it is stored.
  let grey: Double

  init(_ foreground: Foreground) {
    var (count, sum, greys) = (0, 0, 0)
    var (first, firstSquares, second, secondSquares) = (0, 0, 0, 0)
    foreground.forEachPixel { index in
      let (r, g, b) = (
        Int(foreground.colors[index * 3]), Int(foreground.colors[index * 3 + 1]),
        Int(foreground.colors[index * 3 + 2])
      )
      let chroma = max(r, g, b) - min(r, g, b)
      count += 1
      sum += chroma
      if chroma <= 10 { greys += 1 }
      // Red against green, and yellow against blue at twice its size, to stay whole.
      let (redGreen, yellowBlue) = (r - g, r + g - 2 * b)
      first += redGreen
      firstSquares += redGreen * redGreen
      second += yellowBlue
      secondSquares += yellowBlue * yellowBlue
    }
    guard count > 0 else {
      (saturation, colorfulness, grey) = (0, 0, 1)
      return
    }
    let all = Double(count)
    saturation = Double(sum) / all / 255
    grey = Double(greys) / all
    let (a, b) = (Double(first) / all, Double(second) / all / 2)
    let variance = Double(firstSquares) / all - a * a + Double(secondSquares) / all / 4 - b * b
    colorfulness = (max(0, variance).squareRoot() + 0.3 * (a * a + b * b).squareRoot()) / 150
  }
}
