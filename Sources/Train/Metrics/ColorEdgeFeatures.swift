import Imaging

/// Features of images by their colors and edges, for a distance without a network.
///
/// They are 8 x 8 mean colors and, in each of 4 x 4 cells, the strength of edges in 8 directions. They compare checkpoints of
/// one run if the network of KID-lite is not installed.
enum ColorEdgeFeatures {
  /// The features of an image: 192 of color and 128 of edges, each about -1...1.
  static func features(_ picture: ImageBuffer) -> [Float] {
    let rgb = picture.composited(on: [255, 255, 255]).resized(to: PixelSize(width: 64, height: 64))
      .converted(to: .rgb)
    let small = rgb.resized(to: PixelSize(width: 8, height: 8))
    var features = small.bytes.map { Float($0) / 127.5 - 1 }
    let gray = rgb.converted(to: .gray).bytes.map { Float($0) / 255 }
    var edges = [Float](repeating: 0, count: 128)
    for y in 1..<63 {
      for x in 1..<63 {
        let dx = gray[y * 64 + x + 1] - gray[y * 64 + x - 1]
        let dy = gray[(y + 1) * 64 + x] - gray[(y - 1) * 64 + x]
        let strength = (dx * dx + dy * dy).squareRoot()
        // The octant of the direction, by the signs of the components and which is longer.
        let octant = (dy < 0 ? 4 : 0) + (dx < 0 ? 2 : 0) + (dx.magnitude < dy.magnitude ? 1 : 0)
        edges[(y / 16 * 4 + x / 16) * 8 + octant] += strength
      }
    }
    features += edges.map { min($0 / 16, 2) - 0.5 }
    return features
  }
}
