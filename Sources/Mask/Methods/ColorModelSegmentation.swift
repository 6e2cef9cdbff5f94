import Foundation
import Imaging
import Vision

/// Separates foreground and background by color and position, without a model file.
///
/// As in GrabCut (Rother, Kolmogorov, Blake 2004), the colors of foreground and background are learned from the current
/// labels, and the labels are computed from the colors, several times. There are three differences to GrabCut, each of
/// which improves masks of cropped heads and of anime with dark outlines: a pixel's position counts as well as its color
/// (`HeadPrior`); a random walker replaces the graph cut, stops at outlines and returns probabilities; and several head
/// sizes are tried, of which the mask with the best score is used.
struct ColorModelSegmentation: MaskMethod {
  let name = "color-model"
  let precision = MaskPrecision.coarse

  /// The longer side of the working image in pixels; the refinement at full size finds exact edges.
  var side = 96
  /// The number of times that colors are learned.
  var passes = 3
  /// The weight of a pixel's color.
  var colorWeight: Float = 0.7
  /// The weight of a pixel's position.
  var placeWeight: Float = 0.6
  /// The weight of a pixel's own color and position against its neighbours' labels.
  var confidence: Float = 0.1
  /// The head sizes to try, relative to the average size, and the initial score of each.
  ///
  /// The scores, `outlineGain` and `uncertaintyCost` were fitted to the intersection over union on composites of anime
  /// characters.
  var scaleHypotheses: [(scale: Double, bonus: Float)] = [(0.9, 0.015), (1, 0.014), (1.15, -0.029)]
  /// The score of an outline that follows the image's edges everywhere.
  var outlineGain: Float = 0.086
  /// The score that is subtracted if every pixel is uncertain.
  var uncertaintyCost: Float = 0.445

  func mask(of subject: MaskSubject) throws -> MaskPrediction? {
    var candidates = try candidates(for: subject, scaleHypotheses)
    // A tight crop may show too little background to learn its colors; then smaller heads are tried.
    for scale in [0.75, 0.6] where candidates.allSatisfy({ $0.plane.isFull }) {
      candidates += try self.candidates(for: subject, [(scale, 0)])
    }
    let separated = candidates.filter { !$0.plane.isFull }
    guard let best = (separated.isEmpty ? candidates : separated).max(by: { $0.score < $1.score }) else {
      return nil
    }
    let differences = candidates.map { $0.plane.difference(from: best.plane) }
    return MaskPrediction(best.plane, disagreement: differences.max())
  }

  /// One mask for each head size, with its score; higher is better.
  func candidates(
    for subject: MaskSubject, _ hypotheses: [(scale: Double, bonus: Float)]
  ) throws -> [(plane: Plane, score: Float)] {
    let scale = min(1, Double(side) / Double(max(subject.image.width, subject.image.height)))
    let size = subject.image.size.fitted(in: side)
    let image = try subject.image.openCVResized(to: size, by: .area)
    let guide = subject.guide.mapped(by: .scaling(scale))
    let walk = RandomWalk(image)
    let strokes = subject.strokes?.transformed(by: .scaling(scale), to: size)
    return hypotheses.map { hypothesis in
      var prior = HeadPrior(guide, subject.shape, size: size, scale: hypothesis.scale)
      if let strokes { prior.constrain(to: strokes) }
      let foreground = segment(image, walk, prior)
      let uncertainty = foreground.reduce(0) { $0 + 4 * $1 * (1 - $1) } / Float(foreground.count)
      return (
        Plane(width: size.width, height: size.height, values: foreground),
        hypothesis.bonus + outlineGain * walk.edgeSupport(ofOutline: foreground)
          - uncertaintyCost * uncertainty
      )
    }
  }

  /// The foreground probability of each pixel.
  private func segment(_ image: ImageBuffer, _ walk: RandomWalk, _ prior: HeadPrior) -> [Float] {
    var foreground = prior.logOdds.map { 1 / (1 + exp(-1.5 * $0)) }
    for pass in 0..<passes {
      // The first labels come from positions only, so colors are learned from the most certain pixels.
      let threshold: Float = pass == 0 ? 0.8 : 0.5
      let inside = ColorHistogram(image, weights: foreground.map { $0 >= threshold ? $0 : 0 })
      let outside = ColorHistogram(image, weights: foreground.map { $0 <= 1 - threshold ? 1 - $0 : 0 })
      var expected = foreground
      var weights = foreground
      for index in foreground.indices {
        if let label = prior.fixedLabels[index] {
          (expected[index], weights[index]) = (label ? 1 : 0, 1)
        } else {
          let ratio = log((inside(image, index) + 2e-5) / (outside(image, index) + 2e-5))
          let odds = colorWeight * min(max(ratio, -4), 4) + placeWeight * prior.logOdds[index]
          expected[index] = 1 / (1 + exp(-odds))
          weights[index] = confidence * (0.1 + 2 * abs(expected[index] - 0.5))
        }
      }
      foreground = walk.solve(prior: expected, confidence: weights)
    }
    return foreground
  }
}

extension HeadPrior {
  /// Fixes the labels that were painted.
  fileprivate mutating func constrain(to strokes: BrushLayer) {
    for (index, label) in strokes.labels.enumerated() {
      switch label {
      case .foreground: (fixedLabels[index], logOdds[index]) = (true, 3)
      case .background: (fixedLabels[index], logOdds[index]) = (false, -4)
      case .none, .soft: break
      }
    }
  }
}

extension Plane {
  /// Whether almost everything is foreground.
  fileprivate var isFull: Bool {
    values.reduce(0, +) > 0.97 * Float(values.count)
  }

  /// The fraction of pixels, 0...1, that two masks of the same size label differently at the threshold 0.5.
  func difference(from other: Plane) -> Double {
    let differing = zip(values, other.values).count { ($0 >= 0.5) != ($1 >= 0.5) }
    return Double(differing) / Double(max(1, values.count))
  }
}
