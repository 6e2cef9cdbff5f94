import Foundation
import Imaging
import Vision

/// Figure and background told apart by colour and place, without any model.
///
/// GrabCut's scheme (Rother, Kolmogorov, Blake 2004): the colours of figure and background are learnt from the current
/// labels and the labels found anew from them, in turns. It differs in three points, all of which gain on framed
/// heads and on drawings with dark outlines: place counts as well as colour (`HeadPrior`); the cut is a random walk,
/// which stops at outlines and leaves doubt as doubt; and heads of several sizes are supposed, of which the answer with
/// the best outline is taken.
struct GrabCutSegmentation: MaskMethod {
  let name = "grabcut"
  let precision = MaskPrecision.coarse

  /// The longer side that is worked at, in pixels; the refinement at full size finds the edges again.
  var side = 96
  /// How often colours are learnt.
  var passes = 3
  /// How much a pixel's colour counts against its place.
  var colorWeight: Float = 0.7
  /// How much a pixel's place counts.
  var placeWeight: Float = 0.6
  /// How strongly a pixel holds to its own colour and place against its neighbours' answer.
  var confidence: Float = 0.1
  /// The sizes of heads that are supposed, against the usual one, and how much likelier than others each is.
  ///
  /// These and the two gains below were fitted to intersection over union on composites of drawn figures.
  var suppositions: [(stretch: Double, bonus: Float)] = [(0.9, 0.015), (1, 0.014), (1.15, -0.029)]
  /// What an outline counts that follows the image's edges all along.
  var outlineGain: Float = 0.086
  /// What doubt about every pixel costs.
  var doubtCost: Float = 0.445

  func mask(of subject: MaskSubject) throws -> MaskAnswer? {
    var answers = try answers(of: subject, suppositions)
    // A tight frame leaves so little place for background that none is learnt: then smaller heads are supposed.
    for stretch in [0.75, 0.6] where answers.allSatisfy({ $0.plane.isFull }) {
      answers += try self.answers(of: subject, [(stretch, 0)])
    }
    let told = answers.filter { !$0.plane.isFull }
    guard let best = (told.isEmpty ? answers : told).max(by: { $0.score < $1.score }) else { return nil }
    let others = answers.map { $0.plane.difference(from: best.plane) }
    return MaskAnswer(best.plane, disagreement: others.max())
  }

  /// One answer for each supposed size, with a score that is higher for better ones.
  func answers(
    of subject: MaskSubject, _ suppositions: [(stretch: Double, bonus: Float)]
  ) throws -> [(plane: Plane, score: Float)] {
    let scale = min(1, Double(side) / Double(max(subject.image.width, subject.image.height)))
    let size = subject.image.size.fitted(in: side)
    let image = try subject.image.resized(to: size, by: .area)
    let guide = subject.guide.mapped(by: .scaling(scale))
    let walk = RandomWalk(image)
    let strokes = subject.strokes?.carried(by: .scaling(scale), to: size)
    return suppositions.map { supposition in
      var prior = HeadPrior(guide, subject.shape, size: size, stretch: supposition.stretch)
      if let strokes { prior.heed(strokes) }
      let figure = settle(image, walk, prior)
      let doubt = figure.reduce(0) { $0 + 4 * $1 * (1 - $1) } / Float(figure.count)
      return (
        Plane(width: size.width, height: size.height, values: figure),
        supposition.bonus + outlineGain * walk.support(ofOutline: figure) - doubtCost * doubt
      )
    }
  }

  /// The probability of figure of each pixel.
  private func settle(_ image: ImageBuffer, _ walk: RandomWalk, _ prior: HeadPrior) -> [Float] {
    var figure = prior.logOdds.map { 1 / (1 + exp(-1.5 * $0)) }
    for pass in 0..<passes {
      // The first labels are guesses by place alone: only the surest of them teach colours.
      let sure: Float = pass == 0 ? 0.8 : 0.5
      let inside = ColorModel(image, weights: figure.map { $0 >= sure ? $0 : 0 })
      let behind = ColorModel(image, weights: figure.map { $0 <= 1 - sure ? 1 - $0 : 0 })
      var expected = figure
      var hold = figure
      for index in figure.indices {
        if let known = prior.known[index] {
          (expected[index], hold[index]) = (known ? 1 : 0, 1)
        } else {
          let ratio = log((inside(image, index) + 2e-5) / (behind(image, index) + 2e-5))
          let odds = colorWeight * min(max(ratio, -4), 4) + placeWeight * prior.logOdds[index]
          expected[index] = 1 / (1 + exp(-odds))
          hold[index] = confidence * (0.1 + 2 * abs(expected[index] - 0.5))
        }
      }
      figure = walk.settle(prior: expected, confidence: hold)
    }
    return figure
  }
}

extension HeadPrior {
  /// Takes a person's strokes for known.
  fileprivate mutating func heed(_ strokes: BrushLayer) {
    for (index, word) in strokes.words.enumerated() {
      switch word {
      case .keep: (known[index], logOdds[index]) = (true, 3)
      case .remove: (known[index], logOdds[index]) = (false, -4)
      case .none, .soft: break
      }
    }
  }
}

extension Plane {
  /// Whether next to nothing is background.
  fileprivate var isFull: Bool {
    values.reduce(0, +) > 0.97 * Float(values.count)
  }

  /// The share of pixels about which two masks of one size differ at 0.5.
  func difference(from other: Plane) -> Double {
    let differing = zip(values, other.values).count { ($0 >= 0.5) != ($1 >= 0.5) }
    return Double(differing) / Double(max(1, values.count))
  }
}
