import Foundation
import Imaging
import Mask
import Vision

/// A user's correction of one crop's mask.
struct Correction: Sendable {
  /// The crop, RGB.
  let image: ImageBuffer
  /// The corrected mask.
  let alpha: Plane
  /// Whether each pixel differs from the uncorrected mask.
  let changed: [Bool]
  /// The painted labels; empty if another method was chosen instead.
  let layer: BrushLayer
  /// The number of each painted pixel's stroke, from 1; 0 elsewhere.
  let strokes: [Int32]
  /// The number of strokes.
  let strokeCount: Int
  /// The colors of foreground and background according to the corrected mask.
  let (foreground, background): (ColorHistogram, ColorHistogram)

  /// The correction of `image` from the mask `before` to the mask `alpha`.
  ///
  /// - Throws: `VisionError`.
  init(_ image: ImageBuffer, layer: BrushLayer?, alpha: Plane, before: Plane) throws {
    (self.image, self.alpha) = (image, alpha)
    self.layer = layer ?? BrushLayer(size: image.size)
    changed = zip(alpha.values, before.values).map { abs($0 - $1) > 0.25 }
    var (numbers, count) = ([Int32](repeating: 0, count: image.size.area), Int32(0))
    for label in BrushLayer.Label.allCases where label != .none {
      let painted = self.layer.labels.map { $0 == label ? UInt8(255) : 0 }
      guard painted.contains(255) else { continue }
      let parts = try Components(
        of: ImageBuffer(width: image.width, height: image.height, format: .gray, bytes: painted))
      for (index, part) in parts.labels.enumerated() where part != 0 { numbers[index] = count + part }
      count += Int32(parts.parts.count)
    }
    (strokes, strokeCount) = (numbers, Int(count))
    foreground = ColorHistogram(image, weights: alpha.values)
    background = ColorHistogram(image, weights: alpha.values.map { 1 - $0 })
  }

  /// The log-likelihood ratio of a pixel's color between foreground and background, about -7...7.
  func logLikelihoodRatio(_ image: ImageBuffer, _ index: Int) -> Float {
    log((foreground(image, index) + 2e-5) / (background(image, index) + 2e-5))
  }
}
