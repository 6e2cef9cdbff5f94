import Imaging

/// A measure of how well a translation keeps pose and outline: the correlation of the edges of input and translation.
enum EdgeCorrelation {
  /// Pearson's correlation of the edge strengths in 16 x 16 cells, in -1...1; 0 if an image has no edges.
  ///
  /// Edges of eyes, mouth, hair and outline remain in place if pose and expression are kept, whatever their color and style.
  static func between(_ first: ImageBuffer, _ second: ImageBuffer) -> Double {
    let (x, y) = (edges(first), edges(second))
    let count = Double(x.count)
    let (meanX, meanY) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for (a, b) in zip(x, y) {
      xx += (a - meanX) * (a - meanX)
      yy += (b - meanY) * (b - meanY)
      xy += (a - meanX) * (b - meanY)
    }
    return xx > 0 && yy > 0 ? xy / (xx * yy).squareRoot() : 0
  }

  /// The mean strength of edges in 16 x 16 cells of the image at 64 x 64 pixels, in rows.
  private static func edges(_ image: ImageBuffer) -> [Double] {
    let gray = image.composited(on: [255, 255, 255]).resized(to: PixelSize(width: 64, height: 64))
      .converted(to: .gray).bytes.map(Double.init)
    var cells = [Double](repeating: 0, count: 256)
    for y in 1..<63 {
      for x in 1..<63 {
        let dx = gray[y * 64 + x + 1] - gray[y * 64 + x - 1]
        let dy = gray[(y + 1) * 64 + x] - gray[(y - 1) * 64 + x]
        cells[y / 4 * 16 + x / 4] += (dx * dx + dy * dy).squareRoot()
      }
    }
    return cells
  }
}
