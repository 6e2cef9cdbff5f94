import Dataset
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
  let values: @Sendable (CopyPair) -> (Double, Double)?

  /// A criterion that compares values of two copies.
  init(
    words: String, measure: String? = nil, isLower: Bool = false, noise: Double = 0, ratio: Double = 1,
    needsEqualSize: Bool = false,
    values: @escaping @Sendable (CopyPair) -> (Double, Double)?
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
    ) { pair in
      guard let left = value(pair.one), let right = value(pair.other) else { return nil }
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

  /// All criteria, in the order in which they decide.
  ///
  /// - Parameter upright: The share of its copies that have the same orientation, by sample ID.
  /// - Returns: The criteria.
  static func all(upright: [String: Double] = [:]) -> [DuplicateCriterion] {
    let turned = DuplicateCriterion(words: "is oriented like most of the copies", noise: 0.3) {
      upright[$0.id]
    }
    return certain + [turned] + uncertain
  }

  /// The criteria that show that a copy was altered or shows less.
  private static let certain: [DuplicateCriterion] = [
    DuplicateCriterion(words: "is in color", measure: "grey", isLower: true, noise: 0.5) { sample in
      sample.value(of: .grey).map { $0 > 0.98 ? 1 : 0 }
    },
    DuplicateCriterion(words: "was saved in color", noise: 0.5) { $0.channels.map { $0 > 1 ? 1 : 0 } },
    DuplicateCriterion(words: "has more than 256 colors", noise: 0.5) {
      $0.format.map { $0 == .gif ? 0 : 1 }
    },
    DuplicateCriterion(
      words: "is less clipped", measure: "lost light", isLower: true, noise: 0.004, values: \.lostLight),
    DuplicateCriterion(
      words: "is less clipped", measure: "clipped", isLower: true, noise: 0.03, values: \.clipped),
    DuplicateCriterion(
      words: "has no gaps between its brightness levels", measure: "gaps", isLower: true, noise: 0.05,
      needsEqualSize: true,
      values: \.gaps),
    // Captions over an anime face measure 0.024 or more; lines of a drawing rarely reach 0.02.
    lower("has no caption", .subtitle, noise: 0.02),
    lower("has less text", .text, noise: 6),
    DuplicateCriterion(words: "has fewer black bars", measure: "bars", isLower: true, noise: 0.02) {
      max($0.value(of: .bars) ?? 0, $0.bars)
    },
    lower("has less grain", .noise, noise: 2.5),
    DuplicateCriterion(
      words: "is less compressed", measure: "blocking", isLower: true, noise: 0.08, values: \.blocks),
    // A blurred picture may be stored without loss.
    DuplicateCriterion(
      words: "has more true detail", measure: "real-face", ratio: 1.5, values: \.detailsOfAnyFormat),
    DuplicateCriterion(words: "is stored without loss", noise: 0.5, needsEqualSize: true) {
      $0.format.map { $0.isLossy ? 0 : 1 }
    },
    // Each encoding with loss makes a file smaller.
    DuplicateCriterion(
      words: "comes from the larger file", measure: "bytes", ratio: 1.15, needsEqualSize: true,
      values: \.bytes),
    lower("is less outside the image", .outside, noise: 0.2),
    DuplicateCriterion(words: "has more true detail", measure: "real-face", ratio: 1.25, values: \.details),
    DuplicateCriterion(words: "is not an enlarged copy", isLower: true, noise: 0.5, values: \.enlarged),
    DuplicateCriterion(
      words: "has the larger face", measure: "native-face", ratio: 1.1, values: \.trueFaceSizes),
    DuplicateCriterion(words: "shows more of the picture", measure: "area", noise: 0.08, values: \.areas),
    lower("is less outside the image", .outside, noise: 0.08),
  ]

  /// The criteria that may depend on the detection and the mask.
  private static let uncertain: [DuplicateCriterion] = [
    higher("is sharper", .sharpness, noise: 0.1),
    DuplicateCriterion(words: "has more true detail", measure: "real-face", ratio: 1.1, values: \.details),
    DuplicateCriterion(words: "has the better mask", measure: "problems", isLower: true, noise: 0.5) {
      sample in
      sample.maskFlags.map(Double.init)
    },
    DuplicateCriterion(
      words: "has the larger face", measure: "native-face", ratio: 1.03, values: \.trueFaceSizes),
    higher("is sharper", .sharpness, noise: 0.02),
  ]
}
