/// How alike two inner faces are after alignment and after the light was made alike.
///
/// Two different faces with the same framing agree in the large and differ in the small; two expressions of one drawn face
/// agree everywhere but at the mouth or the brows. So two correlations are taken: one of the whole, and the lowest of the
/// blocks that have something on them. Measured on re-encoded, resized, cropped, brightened and grey copies: whole 0.9 and
/// more, worst block 0.65 and more; other faces of the same framing: whole up to 0.86 and worst block below 0; other expressions: worst block up to 0.6.
struct Similarity: Sendable {
  /// The correlation over all that both show, -1 to 1.
  let whole: Double
  /// The lowest correlation of a block of 10 x 10 pixels with contrast in either picture, -1 to 1; 1 without such blocks.
  let worst: Double

  /// The version of the values; a change makes those in the ledger outdated.
  static let version = 3
  /// A block counts if its standard deviation is above this, of 255.
  static let leastContrast: Float = 8
  /// How much lower than the setting `confirm` the correlations of a copy may be.
  private static let (wholeSlack, worstSlack) = (0.06, 0.33)
  /// Below this correlation at half size the pictures are not compared any further.
  private static let hopeless = 0.55
  /// From this correlation on two samples are kept on one side of the split.
  static let lookalike = 0.8

  /// A similarity that was found before.
  init(whole: Double, worst: Double) { (self.whole, self.worst) = (whole, worst) }

  /// Compares two thumbnails.
  ///
  /// - Parameters:
  ///   - a: The first.
  ///   - b: The second.
  ///   - placement: How the second is placed, as far as it is known; it is turned back already.
  init(_ a: GrayThumbnail, _ b: GrayThumbnail, _ placement: Placement = .upright) {
    let side = GrayThumbnail.side
    var best: Similarity?
    let isKnown = placement.scale != 0 || placement.x != 0 || placement.y != 0
    for start in isKnown ? [placement, .upright] : [.upright] {
      let alignment = Alignment(of: b.half, onto: a.half, from: start)
      if alignment.correlation < Self.hopeless {
        if best == nil { best = Similarity(whole: alignment.correlation, worst: -1) }
        continue
      }
      let marked = zip(b.values, b.isKnown).map { $1 ? $0 : .nan }
      var warped = alignment.sample(marked, side: side)
      let known = warped.indices.map { a.isKnown[$0] && !warped[$0].isNaN }
      for index in warped.indices where !known[index] { warped[index] = 0 }
      let found = Similarity(aligned: a.values, warped, known: known)
      if found.whole > best?.whole ?? -2 { best = found }
      // A good fit needs no second attempt.
      if found.whole > 0.9 { break }
    }
    self = best ?? Similarity(whole: -1, worst: -1)
  }

  private init(aligned a: [Float], _ b: [Float], known: [Bool]) {
    let side = GrayThumbnail.side
    let all = Moments(a, b, known, rows: 4..<side - 4, columns: 4..<side - 4)
    // Too little in common says nothing.
    guard all.count * 3 >= Float(side * side) else {
      self.init(whole: -1, worst: -1)
      return
    }
    guard all.deviation > 2 else {
      // Two flat pictures of one lightness are alike.
      let isAlike = abs(all.meanA - all.meanB) < 4
      self.init(whole: isAlike ? 1 : -1, worst: isAlike ? 1 : -1)
      return
    }
    let (lightA, lightB) = Self.sameLight(a, b, known)
    let (one, other) = (GrayThumbnail.normalized(lightA, known), GrayThumbnail.normalized(lightB, known))
    let whole = Moments(one, other, known, rows: 4..<side - 4, columns: 4..<side - 4).correlation
    var worst = 1.0
    for y in stride(from: 4, to: side - 10, by: 5) {
      for x in stride(from: 4, to: side - 10, by: 5) {
        let (rows, columns) = (y..<y + 10, x..<x + 10)
        let contrast = Moments(lightA, lightB, known, rows: rows, columns: columns)
        guard contrast.count >= 70, contrast.deviation > Self.leastContrast else { continue }
        worst = min(worst, Moments(one, other, known, rows: rows, columns: columns).correlation)
      }
    }
    self.init(whole: whole, worst: worst)
  }

  /// Whether the thumbnails show the same picture, by the setting `duplicates: confirm`.
  func confirms(_ threshold: Double) -> Bool {
    whole >= threshold - Self.wholeSlack && worst >= threshold - Self.worstSlack
  }

  /// Both pictures with the light of the one that is clipped more: what is lost in one is taken from the other too.
  private static func sameLight(_ a: [Float], _ b: [Float], _ known: [Bool]) -> ([Float], [Float]) {
    func clipped(_ values: [Float]) -> Int { values.indices.count { known[$0] && values[$0] >= 250 } }
    let (inA, inB) = (clipped(a), clipped(b))
    guard inA != inB else { return (a, b) }
    return inA < inB ? (lit(a, as: b, known), b) : (a, lit(b, as: a, known))
  }

  /// `values` with the gain and offset that fit them to `model`, cut off at white and black.
  private static func lit(_ values: [Float], as model: [Float], _ known: [Bool]) -> [Float] {
    let usable = values.indices.filter {
      known[$0] && (6...245).contains(values[$0]) && (6...245).contains(model[$0])
    }
    guard usable.count >= 200 else { return values }
    let count = Float(usable.count)
    let meanX = usable.reduce(0) { $0 + values[$1] } / count
    let meanY = usable.reduce(0) { $0 + model[$1] } / count
    let variance = usable.reduce(0) { $0 + (values[$1] - meanX) * (values[$1] - meanX) } / count
    let covariance = usable.reduce(0) { $0 + (values[$1] - meanX) * (model[$1] - meanY) } / count
    let gain = covariance / max(1, variance)
    guard gain > 0.3 else { return values }
    return values.map { min(255, max(0, gain * ($0 - meanX) + meanY)) }
  }
}

/// What two thumbnails have in common within a rectangle.
private struct Moments {
  let correlation: Double
  /// The larger of both standard deviations.
  let deviation: Float
  let meanA: Float
  let meanB: Float
  /// The number of known pixels.
  let count: Float

  init(_ a: [Float], _ b: [Float], _ known: [Bool], rows: Range<Int>, columns: Range<Int>) {
    var (sumA, sumB, aa, bb, ab, count) = (Float(0), Float(0), Float(0), Float(0), Float(0), Float(0))
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        known.withUnsafeBufferPointer { known in
          for y in rows {
            for x in columns where known[y * GrayThumbnail.side + x] {
              let (u, v) = (a[y * GrayThumbnail.side + x], b[y * GrayThumbnail.side + x])
              sumA += u
              sumB += v
              aa += u * u
              bb += v * v
              ab += u * v
              count += 1
            }
          }
        }
      }
    }
    self.count = count
    let number = max(1, count)
    (meanA, meanB) = (sumA / number, sumB / number)
    let (varianceA, varianceB) = (aa / number - meanA * meanA, bb / number - meanB * meanB)
    deviation = max(0, max(varianceA, varianceB)).squareRoot()
    let product = varianceA * varianceB
    correlation = product > 1e-9 ? Double((ab / number - meanA * meanB) / product.squareRoot()) : 0
  }
}
