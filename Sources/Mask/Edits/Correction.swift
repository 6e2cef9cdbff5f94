import Foundation
import Imaging
import Vision

/// What a person corrected about one crop's mask.
struct Correction: Sendable {
  /// The crop, RGB.
  let image: ImageBuffer
  /// The mask with the correction.
  let alpha: Plane
  /// Where it differs from the mask without.
  let changed: [Bool]
  /// What was painted, empty where another method was chosen.
  let layer: BrushLayer
  /// Each stroke: a number from 1 for each painted pixel, 0 elsewhere.
  let strokes: [Int32]
  /// How many strokes there are.
  let strokeCount: Int
  /// The colours of the figure and of the background, as the corrected mask has them.
  let (figure, ground): (ColorModel, ColorModel)

  /// The correction of `image` whose mask was `before` and now is `alpha`.
  ///
  /// - Throws: `VisionError`.
  init(_ image: ImageBuffer, layer: BrushLayer?, alpha: Plane, before: Plane) throws {
    (self.image, self.alpha) = (image, alpha)
    self.layer = layer ?? BrushLayer(size: image.size)
    changed = zip(alpha.values, before.values).map { abs($0 - $1) > 0.25 }
    var (numbers, count) = ([Int32](repeating: 0, count: image.size.area), Int32(0))
    for word in BrushLayer.Word.allCases where word != .none {
      let painted = self.layer.words.map { $0 == word ? UInt8(255) : 0 }
      guard painted.contains(255) else { continue }
      let parts = try Components(
        of: ImageBuffer(width: image.width, height: image.height, format: .gray, bytes: painted))
      for (index, label) in parts.labels.enumerated() where label != 0 { numbers[index] = count + label }
      count += Int32(parts.parts.count)
    }
    (strokes, strokeCount) = (numbers, Int(count))
    figure = ColorModel(image, weights: alpha.values)
    ground = ColorModel(image, weights: alpha.values.map { 1 - $0 })
  }

  /// How much likelier a colour is in the figure than behind it: the logarithm, about -7 to 7.
  func favour(_ image: ImageBuffer, _ index: Int) -> Float {
    log((figure(image, index) + 2e-5) / (ground(image, index) + 2e-5))
  }
}
