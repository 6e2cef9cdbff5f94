import Imaging

/// The similarity of two inner faces after alignment and after their light was equalized.
///
/// Two faces with the same framing have the same coarse structure and different details. Two expressions of one anime face
/// differ only at the mouth or the brows, and two characters drawn from one template differ in the brightness of skin and hair.
/// Each of these has a measure. Of re-encoded, resized, cropped, brightened and grey copies, 99 of 100 have at least 0.97
/// (`whole`), 0.8 (`worst`) and 0.98 (`light`), and at most 2.4 (`difference`). Other faces with the same framing have up to
/// 0.88 and below 0. Other expressions of a drawing have up to 0.99, a worst block of up to 0.86, and a difference from 4.2
/// on; other characters of a template have a light of up to 0.936.
struct Similarity: Sendable, Equatable {
  /// The correlation over all that both show, with local light removed, -1 to 1.
  let whole: Double
  /// The lowest correlation of a block of 10 x 10 pixels with contrast in either picture, -1 to 1; 1 without such blocks.
  let worst: Double
  /// The correlation of brightness, -1 to 1; -1 where `whole` is not that of a copy.
  let light: Double
  /// How much more one feature differs than the rest (`FeatureDifference`); 0 for equal pictures, and 99 where `whole` is not
  /// that of a copy.
  let difference: Double
  /// The share of pixels that only the second clips, minus the share that only the first clips, -1 to 1.
  let clipping: Double
  /// The natural logarithm of the size of the second's face divided by that of the first's, both in pixels of the crop.
  let scale: Double

  /// The version of the values; a change makes those in the ledger outdated.
  static let version = 7
  /// A block counts if its standard deviation is above this, of 255.
  static let leastContrast: Float = 8
  /// Below this correlation at half size, images are not compared at full size.
  private static let hopeless = 0.55
  /// Samples with at least this correlation stay on one side of the split.
  static let lookalike = 0.8
  /// Below this correlation, two pictures are not compared any further.
  private static let hardlyAlike = 0.7

  /// A similarity that was measured before.
  init(
    whole: Double, worst: Double, light: Double = -1, difference: Double = 99, clipping: Double = 0,
    scale: Double = 0
  ) {
    (self.whole, self.worst, self.light) = (whole, worst, light)
    (self.difference, self.clipping, self.scale) = (difference, clipping, scale)
  }

  /// The similarity of the second to the first.
  var reversed: Similarity {
    Similarity(
      whole: whole, worst: worst, light: light, difference: difference, clipping: -clipping, scale: -scale)
  }

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
        // An error of half a pixel lowers the correlation of a block with fine lines, and makes it differ.
        let refined = Similarity(a, b, alignment.refined(of: b, onto: a))
        if refined.whole > found.whole || refined.difference < found.difference { found = refined }
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
    // Sampling between pixels blurs, so both are sampled, each halfway to the other.
    let (back, forward) = alignment.halves
    var one = back.sample(a.marked, side: GrayThumbnail.side)
    var other = forward.sample(b.marked, side: GrayThumbnail.side)
    let known = zip(one, other).map { !$0.isNaN && !$1.isNaN }
    for index in known.indices where !known[index] { (one[index], other[index]) = (0, 0) }
    self.init(aligned: one, other, known: known, scale: Double(alignment.scale))
  }

  private init(aligned a: [Float], _ b: [Float], known: [Bool], scale: Double) {
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
      self =
        isAlike
        ? Similarity(whole: 1, worst: 1, light: 1, difference: 0, scale: scale)
        : Similarity(whole: -1, worst: -1)
      return
    }
    let (lightA, lightB) = Self.sameLight(a, b, known)
    let (one, other) = (NormalizedLuma.values(lightA, known), NormalizedLuma.values(lightB, known))
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
    guard whole > Self.hardlyAlike else {
      self.init(whole: whole, worst: worst)
      return
    }
    let fit = LightFit(from: lightB, to: lightA) { index in
      known[index] && (4..<side - 4).contains(index % side) && (4..<side - 4).contains(index / side)
    }
    let fitted = fit?.applied(to: lightB) ?? lightB
    let both = Moments(lightA, fitted, known, rows: 4..<side - 4, columns: 4..<side - 4)
    self.init(
      whole: whole, worst: worst, light: both.correlation,
      difference: Double(
        FeatureDifference.largest(lightA, fitted, known: known, contrast: both.deviation)),
      clipping: LightFit.clipped(in: b, though: a, known: known)
        - LightFit.clipped(in: a, though: b, known: known),
      scale: scale)
  }

  /// Whether the whole is that of a copy, but a block is not.
  private var isDoubtful: Bool { whole > 0.85 && (worst < 0.75 || difference > 2.5) }

  /// All measures as one number, at most 1, for the setting `duplicates: confirm`; 1 for equal pictures.
  ///
  /// Each measure is brought to the scale on which the least of a copy is 0.95: `whole` 0.89, `worst` 0.62, `light` 0.94 and
  /// `difference` 3.85. The least of them counts.
  var likeness: Double {
    min(1 - (1 - whole) / 2.2, 1 - (1 - worst) / 7.6, 1 - (1 - light) / 1.2, 1 - difference / 77)
  }

  /// Both images with the light of the more clipped one, so that what is clipped in one is clipped in both.
  private static func sameLight(_ a: [Float], _ b: [Float], _ known: [Bool]) -> ([Float], [Float]) {
    func clipped(_ values: [Float]) -> Int { values.indices.count { known[$0] && values[$0] >= 250 } }
    let (inA, inB) = (clipped(a), clipped(b))
    guard inA != inB else { return (a, b) }
    return inA < inB
      ? (LightFit(unclipped: a, to: b, known: known)?.applied(to: a) ?? a, b)
      : (a, LightFit(unclipped: b, to: a, known: known)?.applied(to: b) ?? b)
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
