import Foundation
import Imaging
import Vision

/// Figure and background told apart by colour and place, without any model.
///
/// GrabCut's scheme (Rother, Kolmogorov, Blake 2004): the colours of figure and background are learnt from the current
/// labels and the labels found anew from them, in turns. It differs in two points, both of which gain on framed
/// heads and on drawings with dark outlines: place counts as well as colour (`HeadPrior`), and the cut is a random walk,
/// which stops at outlines and leaves doubt as doubt.
struct GrabCutSegmentation: MaskMethod {
  let name = "grabcut"
  let precision = MaskPrecision.coarse

  /// The longer side that is worked at, in pixels; the refinement at full size finds the edges again.
  var side = 128
  /// How often colours are learnt.
  var passes = 4
  /// How much a pixel's colour counts against its place.
  var colorWeight: Float = 0.7
  /// How much a pixel's place counts.
  var placeWeight: Float = 0.6
  /// How strongly a pixel holds to its own colour and place against its neighbours' answer.
  var confidence: Float = 0.1

  func mask(of subject: MaskSubject) throws -> Plane? {
    let scale = min(1, Double(side) / Double(max(subject.image.width, subject.image.height)))
    let size = PixelSize(
      width: max(1, Int((Double(subject.image.width) * scale).rounded())),
      height: max(1, Int((Double(subject.image.height) * scale).rounded())))
    let image = try subject.image.resized(to: size, by: .area)
    let guide = subject.guide.mapped(by: .scaling(scale))
    let figure = settle(
      image, HeadPrior(guide, subject.shape, size: size), outside: subject.outside(at: size))
    return Plane(width: size.width, height: size.height, values: figure)
  }

  /// The probability of figure of each pixel.
  private func settle(
    _ image: ImageBuffer, _ prior: HeadPrior, outside: [Bool]?
  ) -> [Float] {
    let walk = RandomWalk(image)
    var figure = prior.logOdds.map { 1 / (1 + exp(-1.5 * $0)) }
    for pass in 0..<passes {
      // The first labels are guesses by place alone: only the surest of them teach colours.
      let sure: Float = pass == 0 ? 0.8 : 0.5
      let inside = ColorModel(image, weights: figure.map { $0 >= sure ? $0 : 0 })
      // Blank paper teaches nothing about the background.
      let behind = ColorModel(
        image,
        weights: figure.indices.map { outside?[$0] != true && figure[$0] <= 1 - sure ? 1 - figure[$0] : 0 })
      var expected = figure
      var hold = figure
      for index in figure.indices {
        if prior.certain[index] {
          (expected[index], hold[index]) = (1, 1)
        } else if let outside, outside[index] {
          (expected[index], hold[index]) = (0, 1)
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
