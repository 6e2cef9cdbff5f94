/// How much one feature in the middle of two aligned thumbnails differs, where eyes, brows and mouth are.
///
/// A small mouth that opens changes few pixels, so the correlation of a block that also shows the outline of the face or hair
/// hardly changes. Its mean difference does. Pictures that do not fit exactly differ everywhere, so the largest difference is
/// compared with a usual one. Both are blurred first, so that the thin lines of a sharp and of a soft copy do not count.
enum FeatureDifference {
  private static let side = GrayThumbnail.side
  /// Blocks have 5 x 5 pixels; their centers are in these rows and columns.
  private static let reach = 2
  private static let (rows, columns) = (10..<58, 12..<52)
  /// The number of known pixels without which a block does not count.
  private static let leastKnown = 17
  /// The share of the contrast that counts as usual in pictures that fit exactly.
  private static let exact: Float = 0.03
  /// The contrast of faint pictures, of 255.
  private static let faint: Float = 12

  /// The largest difference of a block relative to the usual one.
  ///
  /// Each block is compared at the shift of up to one pixel at which it differs least, because an alignment is not exact.
  ///
  /// - Parameters:
  ///   - a: 64 x 64 values.
  ///   - b: The same, aligned and with the same light.
  ///   - known: Whether a pixel is known in both.
  ///   - contrast: The standard deviation of the values.
  /// - Returns: The largest mean difference of a block, divided by the sum of that of the 75th percentile and 3 % of the
  ///   contrast; 0 for equal pictures.
  static func largest(_ a: [Float], _ b: [Float], known: [Bool], contrast: Float) -> Float {
    let weights = blurred(known.map { $0 ? 1 : 0 })
    func soft(_ values: [Float]) -> [Float] {
      let sums = blurred(values.indices.map { known[$0] ? values[$0] : 0 })
      return sums.indices.map { known[$0] ? sums[$0] / weights[$0] : 0 }
    }
    let (a, b) = (soft(a), soft(b))
    var least = [Float](repeating: .infinity, count: side * side)
    for down in -1...1 {
      for across in -1...1 {
        var difference = [Float](repeating: 0, count: side * side)
        var counts = difference
        for y in 4..<side - 4 {
          for x in 4..<side - 4 {
            let (at, other) = (y * side + x, (y - down) * side + x - across)
            guard known[at], known[other] else { continue }
            difference[at] = abs(a[at] - b[other])
            counts[at] = 1
          }
        }
        let (sums, numbers) = (blockSums(difference), blockSums(counts))
        for y in rows {
          for x in columns where numbers[y * side + x] >= Float(leastKnown) {
            let at = y * side + x
            least[at] = min(least[at], sums[at] / numbers[at])
          }
        }
      }
    }
    let sorted = least.filter { $0 < .infinity }.sorted()
    guard let largest = sorted.last else { return 0 }
    return largest / (sorted[sorted.count * 3 / 4] + exact * max(faint, contrast))
  }

  /// A Gaussian blur with a standard deviation of 1 pixel; 0 beyond the edge.
  private static func blurred(_ plane: [Float]) -> [Float] {
    let kernel: [Float] = [0.0044, 0.054, 0.242, 0.3992, 0.242, 0.054, 0.0044]
    var (across, both) = (plane, plane)
    for y in 0..<side {
      for x in 0..<side {
        across[y * side + x] = kernel.indices.reduce(0) { sum, tap in
          let column = x + tap - 3
          return (0..<side).contains(column) ? sum + kernel[tap] * plane[y * side + column] : sum
        }
      }
    }
    for y in 0..<side {
      for x in 0..<side {
        both[y * side + x] = kernel.indices.reduce(0) { sum, tap in
          let row = y + tap - 3
          return (0..<side).contains(row) ? sum + kernel[tap] * across[row * side + x] : sum
        }
      }
    }
    return both
  }

  /// The sum of the block around each pixel of `rows` and `columns`.
  private static func blockSums(_ plane: [Float]) -> [Float] {
    var (across, sums) = (plane, plane)
    for y in rows.lowerBound - reach..<rows.upperBound + reach {
      for x in columns {
        across[y * side + x] = (-reach...reach).reduce(0) { $0 + plane[y * side + x + $1] }
      }
    }
    for y in rows {
      for x in columns {
        sums[y * side + x] = (-reach...reach).reduce(0) { $0 + across[(y + $1) * side + x] }
      }
    }
    return sums
  }
}
