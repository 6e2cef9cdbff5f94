import Dataset
import Foundation
import PublishedDataset

/// Compares the face of an input with the training images of its domain, and says what is unusual about it.
///
/// A network translates well what resembles its training images. For each measure, the usual range is that of 96 % of the training
/// images, a tenth wider at both ends.
struct TrainingLikeness: Sendable {
  /// The smallest number of training images with a measure for which its range is known well enough.
  static let smallestCount = 20

  private let ranges: [MeasureName: ClosedRange<Double>]

  /// The ranges of the samples of `domain` in the dataset of `output`; nil if the dataset is missing or too small.
  init?(_ domain: Domain, in output: OutputFolder) {
    guard let samples = try? ManifestFile.read(output.metadata) else { return nil }
    self.init(samples.filter { $0.domain == domain })
  }

  /// The ranges of `samples`; nil if there are fewer than `smallestCount`.
  init?(_ samples: [Sample]) {
    var ranges: [MeasureName: ClosedRange<Double>] = [:]
    for measure in Advice.all.keys {
      let values = samples.compactMap { $0.value(of: measure) }.map { measure.isSigned ? abs($0) : $0 }
        .sorted()
      guard values.count >= Self.smallestCount else { continue }
      let (low, high) = (values[values.count * 2 / 100], values[(values.count - 1) * 98 / 100])
      let margin = max(0.1 * (high - low), Advice.smallestMargin(measure))
      ranges[measure] = low - margin...high + margin
    }
    guard !ranges.isEmpty else { return nil }
    self.ranges = ranges
  }

  /// What is unusual about a face, and what to change: one sentence for each of framing, direction, light and mask.
  ///
  /// - Parameter value: The face's value of a measure; nil if it has none.
  /// - Returns: The sentences; empty for a usual face.
  func findings(_ value: (MeasureName) -> Double?) -> [String] {
    var found: [Advice.Subject: (excess: Double, sentence: String)] = [:]
    for (measure, advice) in Advice.all {
      guard let range = ranges[measure], let own = value(measure).map({ measure.isSigned ? abs($0) : $0 }),
        !range.contains(own), let sentence = own < range.lowerBound ? advice.low : advice.high
      else { continue }
      // The measure that is furthest outside, in widths of its range, describes the subject.
      let distance = own < range.lowerBound ? range.lowerBound - own : own - range.upperBound
      let excess = distance / max(1e-9, range.upperBound - range.lowerBound)
      if excess > found[advice.subject]?.excess ?? 0 {
        let usual = "\(NumberText.brief(max(0, range.lowerBound)))...\(NumberText.brief(range.upperBound))"
        found[advice.subject] = (
          excess, "\(sentence) (\(measure.rawValue) \(NumberText.brief(own)), usual: \(usual))"
        )
      }
    }
    return Advice.Subject.allCases.compactMap { found[$0]?.sentence }
  }
}

extension MeasureName {
  /// Whether only the absolute value matters, because images are mirrored in training.
  fileprivate var isSigned: Bool { self == .yaw || self == .roll }
}

/// What to change about a face whose measure is too low or too high.
private struct Advice: Sendable {
  /// What a measure describes.
  enum Subject: CaseIterable {
    case framing, direction, light, mask, quality
  }

  let subject: Subject
  /// The sentence for a value that is too low; nil if that does no harm.
  let low: String?
  /// The sentence for a value that is too high; nil if that does no harm.
  let high: String?

  /// The smallest margin of a range, below which a difference cannot be seen.
  static func smallestMargin(_ measure: MeasureName) -> Double {
    switch measure {
    case .yaw, .roll: 5
    case .nativeFace: 4
    default: 0.03
    }
  }

  static let all: [MeasureName: Advice] = [
    .eyeLine: Advice(
      subject: .framing,
      low: "the eyes are higher in the crop than in the training images; check crop.framing",
      high: "the eyes are lower in the crop than in the training images; check crop.framing"),
    .faceShare: Advice(
      subject: .framing,
      low: "the face is smaller in the crop than in the training images; check crop.framing",
      high: "the face is larger in the crop than in the training images; check crop.framing"),
    .outside: Advice(
      subject: .framing, low: nil,
      high: "much of the crop is beyond the edge of the image; use an image with more room around the head"),
    .yaw: Advice(
      subject: .direction, low: nil,
      high:
        "the head is turned further to the side than in the training images; use an image that shows the face from the front"
    ),
    .brightness: Advice(
      subject: .light,
      low: "the face is darker than in the training images; use more light, or brighten the image",
      high: "the face is brighter than in the training images; use less light, or darken the image"),
    .contrast: Advice(
      subject: .light,
      low: "the face has less contrast than in the training images; raise the contrast of the image",
      high: "the face has more contrast than in the training images; use softer light"),
    .clipped: Advice(
      subject: .light, low: nil,
      high: "more of the face is pure black or white than in the training images; use softer light"),
    .coverage: Advice(
      subject: .mask,
      low:
        "the mask keeps less of the crop than in the training images; check the mask, or use a plain background",
      high:
        "the mask keeps more of the crop than in the training images; check the mask, or use a plain background"
    ),
    .maskFaceOutside: Advice(
      subject: .mask, low: nil, high: "the mask cuts into the face; use a plain background"),
    .maskHairEaten: Advice(
      subject: .mask, low: nil,
      high: "the mask cuts off hair; use a background whose color differs from the hair"),
    .maskIslands: Advice(
      subject: .mask, low: nil, high: "the mask keeps pieces of the background; use a plain background"),
    .nativeFace: Advice(
      subject: .quality, low: "the face has fewer pixels than in the training images; use a larger image",
      high: nil),
    .grey: Advice(
      subject: .quality, low: nil,
      high: "the image has less color than the training images; use a color image"),
  ]
}
