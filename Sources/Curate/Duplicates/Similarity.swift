/// How alike two aligned prints are.
///
/// Two faces that are framed alike agree in the large and differ in the small, a copy with a caption agrees everywhere
/// but there. So two values are taken, both zero-mean normalised correlations of luma: one of the whole, and the median
/// of those of 8 x 8 blocks that have something on them.
struct Similarity: Sendable {
  /// The correlation over all that both prints show, or over that without the top or the bottom sixth (10 of 64 rows)
  /// where it is greater; -1 to 1.
  let whole: Double
  /// The median correlation of the blocks whose luma varies in either print; -1 to 1, 1 where no block varies.
  let blocks: Double

  /// What the values mean; another number makes those in the ledger outdated.
  static let version = 1
  /// A block varies where its standard deviation is above this, of 255.
  static let leastVariation: Float = 6
  /// How much lower than the whole's correlation the blocks' may be.
  static let slack = 0.15

  /// A similarity that was found before.
  init(whole: Double, blocks: Double) { (self.whole, self.blocks) = (whole, blocks) }

  init(_ a: GrayThumbnail, _ b: GrayThumbnail) {
    let side = GrayThumbnail.side
    let alignment = Alignment(of: b, onto: a)
    let warped = Alignment.sample(b.values, side: side, alignment)
    let columns = alignment.reached(scale: alignment.sx, move: alignment.tx)
    let rows = alignment.reached(scale: alignment.sy, move: alignment.ty)
    func correlate(_ rows: Range<Int>, _ columns: Range<Int>) -> Moments {
      Moments(a.values, warped, rows: rows, columns: columns)
    }
    let cut = 10
    let parts = [
      rows, rows.clamped(to: cut..<side), rows.clamped(to: 0..<side - cut),
    ].filter { $0.count > side / 2 }
    whole = parts.map { correlate($0, columns).correlation }.max() ?? -1
    var varied: [Double] = []
    for y in stride(from: 0, to: side, by: 8) {
      for x in stride(from: 0, to: side, by: 8) {
        let (blockRows, blockColumns) = (rows.clamped(to: y..<y + 8), columns.clamped(to: x..<x + 8))
        guard blockRows.count >= 6, blockColumns.count >= 6 else { continue }
        let moments = correlate(blockRows, blockColumns)
        if moments.greatestDeviation > Self.leastVariation { varied.append(moments.correlation) }
      }
    }
    varied.sort()
    blocks = varied.isEmpty ? 1 : varied[varied.count / 2]
  }

  /// Whether the prints show the same picture, by the setting `duplicates: confirm`.
  func confirms(_ threshold: Double) -> Bool { whole >= threshold && blocks >= threshold - Self.slack }
}

/// What two prints have in common within a rectangle.
private struct Moments {
  let correlation: Double
  /// The larger of both standard deviations.
  let greatestDeviation: Float

  init(_ a: [Float], _ b: [Float], rows: Range<Int>, columns: Range<Int>) {
    var (sumA, sumB, count) = (Float(0), Float(0), Float(0))
    for y in rows {
      for x in columns {
        sumA += a[y * GrayThumbnail.side + x]
        sumB += b[y * GrayThumbnail.side + x]
        count += 1
      }
    }
    let (meanA, meanB) = (sumA / max(1, count), sumB / max(1, count))
    var (aa, bb, ab) = (Float(0), Float(0), Float(0))
    for y in rows {
      for x in columns {
        let (da, db) = (a[y * GrayThumbnail.side + x] - meanA, b[y * GrayThumbnail.side + x] - meanB)
        aa += da * da
        bb += db * db
        ab += da * db
      }
    }
    greatestDeviation = (max(aa, bb) / max(1, count)).squareRoot()
    // Two flat pictures are alike; a flat one and another are not.
    let flat: Float = 0.25 * max(1, count)
    if aa < flat || bb < flat {
      correlation = aa < flat && bb < flat && abs(meanA - meanB) < 4 ? 1 : 0
    } else {
      correlation = Double(ab / (aa * bb).squareRoot())
    }
  }
}
