/// Measures of color over the foreground's pixels.
struct Colors {
  /// The mean chroma, 0 (grey) to 1: the maximum minus the minimum of R, G and B.
  ///
  /// It is not HSV's saturation, which is large for almost black pixels.
  let saturation: Double
  /// The colorfulness, 0 to about 1.
  ///
  /// It is the measure of Hasler and Suesstrunk, "Measuring colorfulness in natural images" (2003), divided by 150. On their
  /// scale 15 is slightly, 33 moderately, 59 quite and 109 extremely colorful.
  let colorfulness: Double
  /// The fraction of pixels whose channels differ by at most 10 of 255; 1 for an image without color.
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
      // The opponent channels red-green and yellow-blue; the second is doubled to remain an integer.
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
