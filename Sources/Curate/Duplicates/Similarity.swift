/// The similarity of two inner faces after alignment and after their light was equalized.
///
/// Two faces with the same framing have the same coarse structure and different details. Two expressions of one anime face
/// differ only at the mouth or the brows. So two correlations are measured: one of the whole, and the lowest one of a block
/// with contrast. Re-encoded, resized, cropped, brightened and grey copies have at least 0.9 (whole) and 0.65 (worst block).
/// Other faces with the same framing have up to 0.86 and below 0. Other expressions have a worst block of up to 0.6.
struct Similarity: Sendable {
  /// The correlation over all that both show, -1 to 1.
  let whole: Double
  /// The lowest correlation of a block of 10 x 10 pixels with contrast in either picture, -1 to 1; 1 without such blocks.
  let worst: Double

  /// The version of the values; a change makes those in the ledger outdated.
  static let version = 5
  /// A block counts if its standard deviation is above this, of 255.
  static let leastContrast: Float = 8
  /// How far below the setting `confirm` the correlations of a copy may be.
  private static let (wholeSlack, worstSlack) = (0.06, 0.33)
  /// Below this correlation at half size, images are not compared at full size.
  private static let hopeless = 0.55
  /// Samples with at least this correlation stay on one side of the split.
  static let lookalike = 0.8

  /// A similarity that was measured before.
  init(whole: Double, worst: Double) { (self.whole, self.worst) = (whole, worst) }

  /// Compares two thumbnails.
  ///
  /// - Parameters:
  ///   - a: The first.
  ///   - b: The second.
  ///   - placement: The estimated placement of the second, which is already rotated back.
  init(_ a: GrayThumbnail, _ b: GrayThumbnail, _ placement: Placement = .upright) {
    var best: Similarity?
    for start in placement.starts {
      let alignment = Alignment(of: b.half, onto: a.half, from: start)
      if alignment.correlation < Self.hopeless {
        if best == nil { best = Similarity(whole: alignment.correlation, worst: -1) }
        continue
      }
      var found = Similarity(a, b, alignment)
      if found.isDoubtful {
        // An error of half a pixel lowers the correlation of a block with fine lines.
        let refined = Similarity(a, b, alignment.refined(of: b, onto: a))
        if refined.whole > found.whole { found = refined }
      }
      if found.whole > best?.whole ?? -2 { best = found }
      // A good fit needs no second attempt.
      if found.whole > 0.9 { break }
    }
    self = best ?? Similarity(whole: -1, worst: -1)
  }

  /// The similarity of two images that are so different at half size that they need not be compared at full size; nil for
  /// images that may be copies.
  init?(unlike a: HalfThumbnail, _ b: HalfThumbnail, _ placement: Placement) {
    var first: Double?
    for start in placement.starts {
      let correlation = Alignment(of: b, onto: a, from: start).correlation
      guard correlation < Self.hopeless else { return nil }
      first = first ?? correlation
    }
    self.init(whole: first ?? -1, worst: -1)
  }

  /// Compares `a` with `b` after an alignment.
  private init(_ a: GrayThumbnail, _ b: GrayThumbnail, _ alignment: Alignment) {
    let marked = zip(b.values, b.isKnown).map { $1 ? $0 : .nan }
    var warped = alignment.sample(marked, side: GrayThumbnail.side)
    let known = warped.indices.map { a.isKnown[$0] && !warped[$0].isNaN }
    for index in warped.indices where !known[index] { warped[index] = 0 }
    self.init(aligned: a.values, warped, known: known)
  }

  private init(aligned a: [Float], _ b: [Float], known: [Bool]) {
    let side = GrayThumbnail.side
    let all = Moments(a, b, known, rows: 4..<side - 4, columns: 4..<side - 4)
    // Too small an overlap is no evidence.
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

  /// Whether the whole is that of a copy, but the worst block is not.
  private var isDoubtful: Bool { whole > 0.85 && worst < 0.75 }

  /// Whether the thumbnails show the same picture, by the setting `duplicates: confirm`.
  func confirms(_ threshold: Double) -> Bool {
    whole >= threshold - Self.wholeSlack && worst >= threshold - Self.worstSlack
  }

  /// Both images with the light of the more clipped one, so that what is clipped in one is clipped in both.
  private static func sameLight(_ a: [Float], _ b: [Float], _ known: [Bool]) -> ([Float], [Float]) {
    func clipped(_ values: [Float]) -> Int { values.indices.count { known[$0] && values[$0] >= 250 } }
    let (inA, inB) = (clipped(a), clipped(b))
    guard inA != inB else { return (a, b) }
    return inA < inB ? (lit(a, as: b, known), b) : (a, lit(b, as: a, known))
  }

  /// `values` with the gain and offset that fit them to `model`, clipped to 0...255.
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

extension Placement {
  /// The placements from which an alignment begins.
  fileprivate var starts: [Placement] {
    let isKnown = scale != 0 || x != 0 || y != 0
    return isKnown ? [self, .upright] : [.upright]
  }
}

/// Statistics of two thumbnails within a rectangle.
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
