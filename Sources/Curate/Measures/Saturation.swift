/// How colourful a figure is, 0 (grey) to 1: the mean over its pixels of the largest minus the smallest of R, G and B.
///
/// The difference, HSV's chroma, is used rather than HSV's saturation, which is large for almost black pixels.
enum Saturation {
  static func measure(_ figure: Figure) -> Double {
    var (count, sum) = (0, 0)
    figure.forEachPixel { index in
      let (r, g, b) = (figure.colors[index * 3], figure.colors[index * 3 + 1], figure.colors[index * 3 + 2])
      count += 1
      sum += Int(max(r, g, b)) - Int(min(r, g, b))
    }
    return count > 0 ? Double(sum) / Double(count) / 255 : 0
  }
}
