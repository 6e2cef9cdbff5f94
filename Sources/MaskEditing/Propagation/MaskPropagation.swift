import Imaging
import Mask
import Vision

/// A correction copied to another crop, where the two crops agree.
struct MaskPropagation: Sendable {
  /// The minimum correlation of two crops that show nearly the same image.
  static let minCorrelation: Float = 0.8
  /// The minimum fraction of a stroke's pixels that must be similar in both crops.
  static let minAgreement: Float = 0.7
  /// The minimum absolute log-likelihood ratio at which a pixel's color decides.
  private static let decisiveRatio: Float = 2

  /// The map between the crops.
  let registration: CropRegistration
  /// The number of copied strokes.
  private(set) var strokeCount = 0
  /// The fraction of the strokes' pixels that are similar in both crops, 0...1; without strokes, of the changed pixels.
  private(set) var agreement: Float = 0
  /// The labels to paint on the other crop.
  private(set) var layer: BrushLayer

  private let correction: Correction
  private let similarity: SimilarityMap
  /// The corrected mask in the other crop's pixels, and whether each pixel was corrected.
  private let (alpha, isChanged): (Plane, [Bool])

  /// Copies the strokes of `correction` to `target`, RGB; nil if the two crops do not show nearly the same image.
  ///
  /// - Parameters:
  ///   - correction: The corrected crop.
  ///   - target: The other crop.
  ///   - guesses: Maps between the crops to try in addition to the search.
  /// - Throws: `VisionError`.
  init?(_ correction: Correction, to target: ImageBuffer, guesses: [AffineMap]) throws {
    registration = CropRegistration(of: correction.image, onto: target, guesses: guesses)
    guard registration.correlation >= Self.minCorrelation, let back = registration.map.inverse else {
      return nil
    }
    self.correction = correction
    similarity = try SimilarityMap(of: correction.image, onto: target, by: registration)
    layer = BrushLayer(size: target.size)
    alpha = Plane(try correction.alpha.image.warped(by: registration.map, to: target.size, border: .edge))
    let sources = Self.nearestPixels(of: correction.image.size, for: target.size, by: back)
    isChanged = sources.map { $0.map { correction.changed[$0] } ?? false }
    copyStrokes(sources)
  }

  /// For each pixel of `target` the nearest pixel of `source` after `back`; nil outside.
  private static func nearestPixels(
    of source: PixelSize, for target: PixelSize, by back: AffineMap
  ) -> [Int?] {
    (0..<target.area).map { index in
      let point = back(Point(x: Double(index % target.width), y: Double(index / target.width)))
      guard point.x > -0.5, point.y > -0.5, point.x < Double(source.width) - 0.5,
        point.y < Double(source.height) - 0.5
      else { return nil }
      return Int(point.y.rounded()) * source.width + Int(point.x.rounded())
    }
  }

  /// Accepts or rejects each stroke as a whole; of an accepted stroke, the pixels that agree are copied.
  private mutating func copyStrokes(_ sources: [Int?]) {
    var (pixels, similar) = (
      [Float](repeating: 0, count: correction.strokeCount + 1),
      [Float](repeating: 0, count: correction.strokeCount + 1)
    )
    for (index, source) in sources.enumerated() {
      guard let source else { continue }
      let stroke = Int(correction.strokes[source])
      pixels[stroke] += 1
      similar[stroke] += similarity.share.values[index]
    }
    let agrees = (0...correction.strokeCount).map {
      $0 > 0 && pixels[$0] > 0 && similar[$0] >= Self.minAgreement * pixels[$0]
    }
    strokeCount = agrees.count { $0 }
    if correction.strokeCount > 0 {
      agreement = similar.dropFirst().reduce(0, +) / max(1, pixels.dropFirst().reduce(0, +))
    } else {
      let changed = isChanged.indices.filter { isChanged[$0] }
      agreement = changed.reduce(0) { $0 + similarity.share.values[$1] } / Float(max(1, changed.count))
    }
    for (index, source) in sources.enumerated() {
      guard let source, agrees[Int(correction.strokes[source])] else { continue }
      let label = correction.layer.labels[source]
      if similarity[index] || colorsConfirm(label, at: index) { layer.labels[index] = label }
    }
  }

  /// Whether the color under a stroke clearly belongs to the stroke's label.
  private func colorsConfirm(_ label: BrushLayer.Label, at index: Int) -> Bool {
    let ratio = correction.logLikelihoodRatio(similarity.relit, index)
    return switch label {
    case .foreground: ratio > Self.decisiveRatio
    case .background: ratio < -Self.decisiveRatio
    case .none, .soft: false
    }
  }

  /// Also paints pixels that still differ from the corrected mask, or that differ only because of the copied strokes,
  /// if the crops match there and the colors do not contradict.
  ///
  /// A stroke may change a method's mask beyond the painted pixels, and not in the same way in both crops.
  ///
  /// - Parameters:
  ///   - mask: The other crop's mask with `layer` applied.
  ///   - before: The other crop's mask without `layer`.
  /// - Returns: Whether anything was painted.
  /// - Throws: `VisionError`.
  mutating func complete(_ mask: Plane, before: Plane) throws -> Bool {
    var wanted = layer.labels.map { _ in BrushLayer.Label.none }
    for index in wanted.indices where similarity[index] && layer.labels[index] == .none {
      let difference = abs(mask.values[index] - alpha.values[index])
      let tolerated = isChanged[index] ? 0 : abs(before.values[index] - alpha.values[index])
      guard difference > tolerated + 0.3 else { continue }
      let ratio = correction.logLikelihoodRatio(similarity.relit, index)
      switch alpha.values[index] {
      case 0.9...: wanted[index] = ratio > -Self.decisiveRatio ? .foreground : .none
      case ...0.1: wanted[index] = ratio < Self.decisiveRatio ? .background : .none
      default: wanted[index] = .soft
      }
    }
    let parts = try Components(
      of: ImageBuffer(
        width: layer.size.width, height: layer.size.height, format: .gray,
        bytes: wanted.map { $0 == .none ? 0 : 255 }))
    let minArea = max(6, layer.size.area / 8000)
    let large = Set(parts.parts.filter { $0.area >= minArea }.map(\.label))
    for index in wanted.indices where large.contains(parts.labels[index]) {
      layer.labels[index] = wanted[index]
    }
    return !large.isEmpty
  }

  /// The difference of a mask from the corrected one, over the pixels that are similar in both crops.
  struct Distance {
    /// The mean difference of alpha over the corrected or painted pixels.
    var corrected: Float = 0
    /// The number of corrected or painted pixels.
    var pixels: Float = 0
    /// The sum of the differences of all other pixels.
    var elsewhere: Float = 0
  }

  /// The difference of `mask` from the corrected one.
  func distance(of mask: Plane) -> Distance {
    var distance = Distance()
    for index in mask.values.indices where similarity[index] {
      let difference = abs(mask.values[index] - alpha.values[index])
      if isChanged[index] || layer.labels[index] != .none {
        distance.corrected += difference
        distance.pixels += 1
      } else {
        distance.elsewhere += difference
      }
    }
    distance.corrected /= max(1, distance.pixels)
    return distance
  }
}
