import Dataset
import Foundation
import Imaging
import PublishedDataset

/// A criterion that decides which of two copies is kept.
struct DuplicateCriterion: Sendable {
  let words: String
  /// The name of the measure for users; nil if the values are not shown.
  var measure: String?
  /// Whether smaller values are better.
  var isLower = false
  /// The maximum difference that counts as noise.
  var noise = 0.0
  /// The maximum ratio that counts as noise; 1 for none.
  var ratio = 1.0
  /// Whether only pictures with equal numbers of pixels are compared.
  var needsEqualSize = false
  /// The values of two copies; nil if they cannot be compared.
  ///
  /// The third argument is the similarity of the second to the first; nil if they were not compared.
  let values: @Sendable (CurationInput.Candidate, CurationInput.Candidate, Similarity?) -> (Double, Double)?

  /// A criterion that compares values of two copies.
  init(
    words: String, measure: String? = nil, isLower: Bool = false, noise: Double = 0, ratio: Double = 1,
    needsEqualSize: Bool = false,
    values:
      @escaping @Sendable (CurationInput.Candidate, CurationInput.Candidate, Similarity?) -> (Double, Double)?
  ) {
    (self.words, self.measure, self.isLower) = (words, measure, isLower)
    (self.noise, self.ratio, self.needsEqualSize, self.values) = (noise, ratio, needsEqualSize, values)
  }

  /// A criterion that compares a value that each copy has.
  init(
    words: String, measure: String? = nil, isLower: Bool = false, noise: Double = 0, ratio: Double = 1,
    needsEqualSize: Bool = false, value: @escaping @Sendable (CurationInput.Candidate) -> Double?
  ) {
    self.init(
      words: words, measure: measure, isLower: isLower, noise: noise, ratio: ratio,
      needsEqualSize: needsEqualSize
    ) { one, other, _ in
      guard let left = value(one), let right = value(other) else { return nil }
      return (left, right)
    }
  }

  private static func lower(_ words: String, _ measure: MeasureName, noise: Double) -> DuplicateCriterion {
    DuplicateCriterion(words: words, measure: measure.rawValue, isLower: true, noise: noise) {
      $0.value(of: measure)
    }
  }

  private static func higher(
    _ words: String, _ measure: MeasureName, noise: Double = 0, ratio: Double = 1
  ) -> DuplicateCriterion {
    DuplicateCriterion(words: words, measure: measure.rawValue, noise: noise, ratio: ratio) {
      $0.value(of: measure)
    }
  }

  /// A measure of two copies that were not compared.
  private static func unlessCompared(
    _ one: CurationInput.Candidate, _ other: CurationInput.Candidate, _ similarity: Similarity?,
    _ measure: MeasureName
  ) -> (Double, Double)? {
    guard similarity == nil, let left = one.value(of: measure), let right = other.value(of: measure) else {
      return nil
    }
    return (left, right)
  }

  /// The sizes of the faces in pixels of their sources.
  ///
  /// If the copies were compared, their alignment gives the ratio: it is more exact than two detections of the face.
  @Sendable private static func faceSizes(
    _ one: CurationInput.Candidate, _ other: CurationInput.Candidate, _ similarity: Similarity?
  ) -> (Double, Double)? {
    guard let left = one.value(of: .nativeFace), let right = other.value(of: .nativeFace) else { return nil }
    guard let similarity, let scale = one.scale, let otherScale = other.scale else { return (left, right) }
    return (left, left * exp(similarity.scale) * scale / otherScale)
  }

  /// The true detail of two faces of one size; nil if only one file was saved with loss, because blocks look like detail.
  @Sendable private static func details(
    _ one: CurationInput.Candidate, _ other: CurationInput.Candidate, _ similarity: Similarity?
  ) -> (Double, Double)? {
    guard one.format?.isLossy == other.format?.isLossy, isOneScale(one, other, similarity),
      let left = one.value(of: .realFace), let right = other.value(of: .realFace)
    else { return nil }
    return (left, right)
  }

  /// Whether two faces have about the same size in pixels.
  private static func isOneScale(
    _ one: CurationInput.Candidate, _ other: CurationInput.Candidate, _ similarity: Similarity?
  ) -> Bool {
    faceSizes(one, other, similarity).map { max($0, $1) <= 1.1 * min($0, $1) } ?? true
  }

  /// The ratio of the larger face's true detail to the smaller one's, the ratio that its size should give at least, and whether
  /// the first is the larger one.
  ///
  /// A face that was enlarged by 15 % has 0.78 to 1.14 times the true detail of the original, and one that was doubled 1.01 to 1.14
  /// times. The original of a face that was halved has 1.1 to 2.6 times as much. The blocks of a file with loss look like detail.
  private static func enlargement(
    _ one: CurationInput.Candidate, _ other: CurationInput.Candidate, _ sizes: (Double, Double)
  ) -> (gain: Double, least: Double, isFirst: Bool)? {
    guard let left = one.value(of: .realFace), let right = other.value(of: .realFace) else { return nil }
    let isFirst = sizes.0 > sizes.1
    let (larger, smaller) = isFirst ? (one, other) : (other, one)
    let blocks =
      switch (larger.format?.isLossy ?? false, smaller.format?.isLossy ?? false) {
      case (true, false): 0.1
      case (false, true): -0.2
      default: 0.0
      }
    let ratio = max(sizes.0, sizes.1) / min(sizes.0, sizes.1)
    let gain = isFirst ? left / max(right, 1e-6) : right / max(left, 1e-6)
    return (gain, 1 + 0.15 * min(1, ratio - 1) + blocks, isFirst)
  }

  /// Whether each of two copies was only enlarged: 1 if so, else 0.
  @Sendable private static func enlarged(
    _ one: CurationInput.Candidate, _ other: CurationInput.Candidate, _ similarity: Similarity?
  ) -> (Double, Double)? {
    guard !isOneScale(one, other, similarity), let sizes = faceSizes(one, other, similarity),
      let (gain, least, isFirst) = enlargement(one, other, sizes), gain < least - 0.05
    else { return nil }
    return isFirst ? (1, 0) : (0, 1)
  }

  /// The sizes of the faces; nil if the larger one may only be enlarged.
  @Sendable private static func trueFaceSizes(
    _ one: CurationInput.Candidate, _ other: CurationInput.Candidate, _ similarity: Similarity?
  ) -> (Double, Double)? {
    guard let sizes = faceSizes(one, other, similarity) else { return nil }
    guard let (gain, least, _) = enlargement(one, other, sizes) else { return sizes }
    return gain > least ? sizes : nil
  }

  /// The gaps between the levels of two copies; nil if loss may have filled the gaps of one of them.
  @Sendable private static func gaps(
    _ one: CurationInput.Candidate, _ other: CurationInput.Candidate, _: Similarity?
  ) -> (Double, Double)? {
    guard let left = one.gaps, let right = other.gaps else { return nil }
    let filled = left < right ? one : other
    let isCompressed = filled.format?.isLossy == true && filled.value(of: .blocking) ?? 0 > 0.1
    return isCompressed && one.format?.isLossy != other.format?.isLossy ? nil : (left, right)
  }

  /// The blocking of two copies of one scale and format; nil if the picture with fewer blocks is softer, because blurring removes
  /// blocks.
  @Sendable private static func blocks(
    _ one: CurationInput.Candidate, _ other: CurationInput.Candidate, _ similarity: Similarity?
  ) -> (Double, Double)? {
    guard one.format == other.format, isOneScale(one, other, similarity),
      let left = one.value(of: .blocking), let right = other.value(of: .blocking)
    else { return nil }
    if let a = one.value(of: .realFace), let b = other.value(of: .realFace),
      left < right ? a < 0.75 * b : b < 0.75 * a
    {
      return nil
    }
    return (left, right)
  }

  /// The sizes of two files that were saved with loss, as bytes of a JPEG file; nil for others.
  @Sendable private static func bytes(
    _ one: CurationInput.Candidate, _ other: CurationInput.Candidate, _ similarity: Similarity?
  ) -> (Double, Double)? {
    func size(_ sample: CurationInput.Candidate) -> Double? {
      guard let bytes = sample.bytes, let format = sample.format else { return nil }
      // At the same quality, a JPEG file is about this many times as large.
      let factor: Double? =
        switch format {
        case .jpeg: 1
        case .webp: 1.5
        case .heif: 2
        case .png, .gif, .tiff, .bmp, .pnm: nil
        }
      return factor.map { Double(bytes) * $0 }
    }
    guard let left = size(one), let right = size(other) else { return nil }
    // The factors are not exact.
    guard one.format == other.format else {
      return max(left, right) > 1.3 * min(left, right) ? (left, right) : nil
    }
    // A file that was only saved again at a higher quality is larger, but has as many blocks.
    guard let (mine, theirs) = blocks(one, other, similarity) else { return (left, right) }
    return left > right
      ? (mine < theirs - 0.01 ? (left, right) : nil) : theirs < mine - 0.01 ? (left, right) : nil
  }

  /// How much of the picture each copy shows, as a share of what the larger one shows; nil if they were not compared.
  @Sendable private static func areas(
    _ one: CurationInput.Candidate, _ other: CurationInput.Candidate, _ similarity: Similarity?
  ) -> (Double, Double)? {
    guard let similarity, let size = one.size, let otherSize = other.size, let scale = one.scale,
      let otherScale = other.scale
    else { return nil }
    // In squares of the first crop's pixels, without black bars.
    let left = Double(size.width) * Double(size.height) * (1 - one.bars) * scale * scale
    let factor = otherScale / exp(similarity.scale)
    let right = Double(otherSize.width) * Double(otherSize.height) * (1 - other.bars) * factor * factor
    let larger = max(left, right)
    return larger > 0 ? (left / larger, right / larger) : nil
  }

  /// All criteria, in the order in which they decide.
  static let all: [DuplicateCriterion] = [
    DuplicateCriterion(words: "is in color", measure: "grey", isLower: true, noise: 0.5) { sample in
      sample.value(of: .grey).map { $0 > 0.98 ? 1 : 0 }
    },
    DuplicateCriterion(words: "was saved in color", noise: 0.5) { $0.channels.map { $0 > 1 ? 1 : 0 } },
    DuplicateCriterion(words: "has more than 256 colors", noise: 0.5) {
      $0.format.map { $0 == .gif ? 0 : 1 }
    },
    DuplicateCriterion(words: "is less clipped", measure: "lost light", isLower: true, noise: 0.004) {
      $2.map { (max(0, -$0.clipping), max(0, $0.clipping)) }
    },
    DuplicateCriterion(words: "is less clipped", measure: "clipped", isLower: true, noise: 0.03) {
      unlessCompared($0, $1, $2, .clipped)
    },
    DuplicateCriterion(
      words: "has no gaps between its levels", measure: "gaps", isLower: true, noise: 0.05,
      needsEqualSize: true,
      values: gaps),
    higher("is more colorful", .colorfulness, noise: 0.05, ratio: 1.7),
    // Captions over an anime face measure 0.024 or more; lines of a drawing rarely reach 0.02.
    lower("has no caption", .subtitle, noise: 0.02),
    lower("has less text", .text, noise: 6),
    DuplicateCriterion(words: "has fewer black bars", measure: "bars", isLower: true, noise: 0.02) {
      max($0.value(of: .bars) ?? 0, $0.bars)
    },
    lower("has less grain", .noise, noise: 2.5),
    DuplicateCriterion(words: "is stored without loss", noise: 0.5, needsEqualSize: true) {
      $0.format.map { $0.isLossy ? 0 : 1 }
    },
    DuplicateCriterion(
      words: "is less compressed", measure: "blocking", isLower: true, noise: 0.08, values: blocks),
    // Each encoding with loss makes a file smaller.
    DuplicateCriterion(
      words: "comes from the larger file", measure: "bytes", ratio: 1.15, needsEqualSize: true, values: bytes),
    lower("is less outside the image", .outside, noise: 0.2),
    DuplicateCriterion(words: "has more true detail", measure: "real-face", ratio: 1.25, values: details),
    DuplicateCriterion(words: "was not only enlarged", noise: 0.5) {
      enlarged($0, $1, $2).map { (1 - $0, 1 - $1) }
    },
    DuplicateCriterion(
      words: "has the larger face", measure: "native-face", ratio: 1.1, values: trueFaceSizes),
    DuplicateCriterion(words: "shows more of the picture", measure: "area", noise: 0.08, values: areas),
    lower("is less outside the image", .outside, noise: 0.08),
    higher("is sharper", .sharpness, noise: 0.1),
    DuplicateCriterion(words: "has more true detail", measure: "real-face", ratio: 1.1, values: details),
    DuplicateCriterion(words: "has the better mask", measure: "problems", isLower: true, noise: 0.5) {
      sample in
      sample.maskFlags.map(Double.init)
    },
    DuplicateCriterion(
      words: "has the larger face", measure: "native-face", ratio: 1.03, values: trueFaceSizes),
    higher("is sharper", .sharpness, noise: 0.02),
  ]
}

extension ImageFormat {
  /// Whether saving loses detail; a few WebP files lose none, but they count as lossy too.
  fileprivate var isLossy: Bool {
    switch self {
    case .jpeg, .webp, .heif: true
    case .png, .gif, .tiff, .bmp, .pnm: false
    }
  }
}
