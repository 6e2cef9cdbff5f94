public import Imaging

/// How far two sets of pictures are apart in colours and edges, without any network.
///
/// The unbiased squared maximum mean discrepancy with KID's kernel, (x·y/d + 1)³ (Bińkowski et al. 2018), over features
/// that are the picture itself seen small: 8 x 8 mean colours, and in each of 4 x 4 cells how strong edges of 8
/// directions are. It tells a run's checkpoints apart; it is no substitute for the KID of papers, which needs Inception.
public enum FeatureDistance {
  /// The features of a picture: 192 of colour and 128 of edges, each about -1...1.
  public static func features(_ picture: ImageBuffer) -> [Float] {
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
        // The octant of the direction, told by signs and which component is longer.
        let octant = (dy < 0 ? 4 : 0) + (dx < 0 ? 2 : 0) + (dx.magnitude < dy.magnitude ? 1 : 0)
        edges[(y / 16 * 4 + x / 16) * 8 + octant] += strength
      }
    }
    features += edges.map { min($0 / 16, 2) - 0.5 }
    return features
  }

  /// The distance between two sets of features; about 0 for sets of one kind, and a little below by chance.
  ///
  /// - Returns: nil where a set has fewer than two members, for which the estimate is not defined.
  public static func distance(_ first: [[Float]], _ second: [[Float]]) -> Double? {
    guard first.count > 1, second.count > 1 else { return nil }
    func kernel(_ x: [Float], _ y: [Float]) -> Double {
      var dot: Float = 0
      for index in x.indices { dot += x[index] * y[index] }
      let base = Double(dot) / Double(x.count) + 1
      return base * base * base
    }
    func within(_ set: [[Float]]) -> Double {
      var sum = 0.0
      for i in set.indices { for j in set.indices where i != j { sum += kernel(set[i], set[j]) } }
      return sum / Double(set.count * (set.count - 1))
    }
    var across = 0.0
    for x in first { for y in second { across += kernel(x, y) } }
    return within(first) + within(second) - 2 * across / Double(first.count * second.count)
  }
}
