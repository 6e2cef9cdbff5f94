/// The noise of a picture, as its standard deviation in levels of 255.
///
/// The absolute difference of two Laplacians, to which gradients and edges contribute little, is averaged
/// over blocks of 8 x 8 pixels (after Immerkær, "Fast noise variance estimation", 1996). The result is the
/// value below which a fifth of the blocks are. Nearly black or white blocks are excluded, because clipping
/// hides noise. An anime image has about 0, a photograph 0.5 to 4.
package enum NoiseLevel {
  /// The level; nil if the patch has fewer than 16 usable blocks.
  package static func measure(_ patch: LumaPatch) -> Double? {
    let (width, height, side) = (patch.width, patch.height, 8)
    guard width > side + 2, height > side + 2 else { return nil }
    var levels: [Double] = []
    for top in stride(from: 1, to: height - side - 1, by: side) {
      for left in stride(from: 1, to: width - side - 1, by: side) {
        guard let level = level(patch, left: left, top: top, side: side) else { continue }
        levels.append(level)
      }
    }
    guard levels.count >= 16 else { return nil }
    levels.sort()
    return levels[levels.count / 5]
  }

  private static func level(_ patch: LumaPatch, left: Int, top: Int, side: Int) -> Double? {
    let width = patch.width
    var (sum, light) = (0, 0)
    for y in top..<top + side {
      for x in left..<left + side {
        let at = y * width + x
        guard patch.isIncluded[at] else { return nil }
        func luma(_ offset: Int) -> Int { Int(patch.luma[at + offset]) }
        light += luma(0)
        let corners = luma(-width - 1) + luma(-width + 1) + luma(width - 1) + luma(width + 1)
        let sides = luma(-width) + luma(-1) + luma(1) + luma(width)
        sum += abs(corners - 2 * sides + 4 * luma(0))
      }
    }
    let count = side * side
    guard (12 * count...243 * count).contains(light) else { return nil }
    // The mean of |x| for Gaussian noise of deviation 6 s is 6 s sqrt(2 / pi).
    return Double(sum) / Double(count) / 6 * 1.2533
  }
}
