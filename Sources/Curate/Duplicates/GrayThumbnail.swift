import Dataset
import Foundation
import Imaging

/// The inner face as 64 x 64 luma values, which are compared pixel by pixel.
///
/// It includes the background, because the masks of two copies differ. It shows the middle of the crop in the source's own
/// orientation, up to quarter turns, because two detections of one face differ by a few degrees.
struct GrayThumbnail: Sendable {
  static let side = NormalizedLuma.side
  /// The part of the crop's side that is shown.
  private static let share = 0.62

  /// Luma, 0 to 255, row by row.
  let values: [Float]
  /// Whether a pixel was in the source image.
  let isKnown: [Bool]
  /// The normalised values at half the size.
  let half: HalfThumbnail

  /// The thumbnail of a crop.
  ///
  /// - Parameters:
  ///   - crop: The crop, without mask.
  ///   - cut: How it was cut; nil if the crop is the source itself.
  ///   - source: The source's size in pixels; nil if the whole crop is inside it.
  ///   - view: The part of the crop that is shown.
  init(crop: ImageBuffer, cut: Sample.Cut?, source: PixelSize?, view: FaceHashes.View = .init()) {
    self.init(luma: Self.luma(of: crop), cut: cut, source: source, view: view)
  }

  /// The luma of a crop on grey, from which the thumbnails of all its views are made.
  static func luma(of crop: ImageBuffer) -> ImageBuffer {
    crop.composited(on: [128, 128, 128]).converted(to: .gray)
  }

  /// The thumbnail of a crop with the given luma.
  init(luma: ImageBuffer, cut: Sample.Cut?, source: PixelSize?, view: FaceHashes.View = .init()) {
    let (width, height) = (luma.width, luma.height)
    let map = cut?.matrix ?? .identity
    let angle = atan2(map.d, map.a)
    let turn = angle - (angle / (.pi / 2)).rounded() * (.pi / 2)
    let unit = Double(width) * Self.share / Double(Self.side)
    let step = unit * view.zoom
    let (c, s) = (cos(turn) * step, sin(turn) * step)
    let middleX = Double(width) / 2 - 0.5 + (cos(turn) * view.x - sin(turn) * view.y) * unit
    let middleY = Double(height) / 2 - 0.5 + (sin(turn) * view.x + cos(turn) * view.y) * unit
    let back = source == nil ? nil : map.inverse
    let parts = max(1, min(8, Int(step.rounded())))
    let offsets = (0..<parts).map { (Double($0) + 0.5) / Double(parts) - 0.5 }
    let half = Double(Self.side - 1) / 2
    // A pixel is the mean of an area; at the source's edge the area also shows what is beyond.
    let margin = (step / 2 + 0.5) / max(map.scale, 1e-6) + 0.5
    var values = [Float](repeating: 0, count: Self.side * Self.side)
    var known = [Bool](repeating: true, count: Self.side * Self.side)
    luma.bytes.withUnsafeBufferPointer { bytes in
      for index in values.indices {
        let (u, v) = (Double(index % Self.side) - half, Double(index / Self.side) - half)
        var sum: Float = 0
        for down in offsets {
          for across in offsets {
            let (u, v) = (u + across, v + down)
            let (x, y) = (middleX + c * u - s * v, middleY + s * u + c * v)
            let sample = BilinearSample(x: x, y: y, width: width, height: height)
            sum += Float(sample { Double(bytes[$1 * width + $0]) })
          }
        }
        values[index] = sum / Float(parts * parts)
        let place = Point(x: middleX + c * u - s * v, y: middleY + s * u + c * v)
        var isKnown =
          place.x >= -0.5 && place.y >= -0.5 && place.x <= Double(width) - 0.5
          && place.y <= Double(height) - 0.5
        if isKnown, let source, let origin = back?(place) {
          isKnown =
            origin.x >= margin && origin.y >= margin
            && origin.x <= Double(source.width - 1) - margin
            && origin.y <= Double(source.height - 1) - margin
        }
        known[index] = isKnown
      }
    }
    self.init(values: values, isKnown: known)
  }

  /// The thumbnail of the middle of an image that is its own source.
  init(of image: ImageBuffer) { self.init(crop: image, cut: nil, source: nil) }

  /// The thumbnail with these values.
  init(values: [Float], isKnown: [Bool]? = nil) {
    let known = isKnown ?? [Bool](repeating: true, count: values.count)
    self.init(
      values: values, isKnown: known,
      half: HalfThumbnail(NormalizedLuma.values(values, known), isKnown: known))
  }

  private init(values: [Float], isKnown: [Bool], half: HalfThumbnail) {
    (self.values, self.isKnown, self.half) = (values, isKnown, half)
  }

  /// The thumbnail of the same picture, turned or mirrored.
  func turned(_ turn: Orientation) -> GrayThumbnail {
    guard turn != .topLeft else { return self }
    let order = turn.order(side: Self.side)
    return GrayThumbnail(
      values: order.map { values[$0] }, isKnown: order.map { isKnown[$0] }, half: half.turned(turn))
  }

  /// The values, not-a-number where unknown.
  var marked: [Float] { zip(values, isKnown).map { $1 ? $0 : .nan } }

  /// The values with local mean 0 and local standard deviation 1, which light and contrast do not change; 0 where unknown.
  var normalized: [Float] { NormalizedLuma.values(values, isKnown) }
}
