import Foundation
package import Imaging
package import Vision

/// Turns a low-resolution mask into an alpha at the crop's resolution.
package struct Refinement: Sendable {
  /// Half the window of the guided filter, as a fraction of the crop's longer side.
  package var radius: Double
  /// The guided filter's epsilon: the variance of color (0 to 1) above which an edge is kept.
  package var epsilon: Double
  /// The factor by which the mask's edges are steepened before the filter; 1 keeps soft edges.
  package var steepness: Float
  /// The factor by which the filter's edges are steepened.
  package var contrast: Float
  /// Connected parts smaller than this fraction of the largest one are removed.
  package var minIsland: Double
  /// Holes smaller than this fraction of the foreground are filled.
  package var minHole: Double
  /// Half the width of the band around the mask's edge in which alpha may be soft, as a fraction of the crop's longer side.
  package var band: Double

  /// For foreground probabilities, whose soft edges mean uncertainty.
  package static let probability = Refinement(
    radius: 0.016, epsilon: 1e-5, steepness: 4, contrast: 1.25, minIsland: 0.12, minHole: 0.01, band: 0.02)
  /// For an alpha, whose soft edges are hair.
  package static let matte = Refinement(
    radius: 0.01, epsilon: 1e-4, steepness: 1.5, contrast: 1.3, minIsland: 0.12, minHole: 0.003, band: 0.04)

  /// The alpha of `image`'s foreground.
  ///
  /// - Parameters:
  ///   - coarse: The foreground probability or alpha, 0 to 1, of any size.
  ///   - image: The crop, RGB.
  ///   - face: The face, whose connected part is always kept.
  /// - Returns: The alpha, of the size of `image`.
  /// - Throws: `VisionError`.
  package func callAsFunction(_ coarse: Plane, image: ImageBuffer, face: FaceGuide?) throws -> Plane {
    let solid = try cleaned(coarse, face: face, of: image.size)
    let side = Double(max(image.width, image.height))
    let full = try solid.openCVResized(to: image.size, by: .cubic)
    let hard = Plane(
      width: full.width, height: full.height,
      values: full.values.map { min(max(($0 - 0.5) * steepness + 0.5, 0), 1) })
    let soft = try hard.guided(by: image, radius: max(1, Int((side * radius).rounded())), epsilon: epsilon)
    let mask = Plane(width: full.width, height: full.height, values: full.values.map { $0 >= 0.5 ? 1 : 0 })
      .image
    let inside = try mask.distanceToZero()
    let outside = try mask.inverted.distanceToZero()
    let width = Float(max(1.5, side * band))
    var alpha = soft
    for index in alpha.values.indices {
      // Stretch the filter's ramps so that certain pixels become exactly 1 and 0.
      let value = min(max((soft.values[index] - 0.5) * contrast + 0.5, 0), 1)
      let depth = inside.values[index] - outside.values[index]
      // Outside the band the mask is used; in its outer half the two are blended.
      let trust = min(max((width - abs(depth)) / (width / 2), 0), 1)
      alpha.values[index] = trust * value + (1 - trust) * (depth > 0 ? 1 : 0)
    }
    return alpha
  }

  /// The coarse mask without islands and small holes, at its own size and with the same edges.
  private func cleaned(_ coarse: Plane, face: FaceGuide?, of size: PixelSize) throws -> Plane {
    var values = coarse.values
    let parts = try Components(
      of: Plane(width: coarse.width, height: coarse.height, values: values.map { $0 >= 0.5 ? 1 : 0 }).image)
    let kept = keptParts(parts, face: face, coarse: coarse, crop: size)
    for index in values.indices where parts.labels[index] != 0 && !kept.contains(parts.labels[index]) {
      values[index] = min(values[index], 0.3)
    }
    let foreground = values.count { $0 >= 0.5 }
    let gaps = try Components(
      of: Plane(width: coarse.width, height: coarse.height, values: values.map { $0 < 0.5 ? 1 : 0 }).image)
    let (right, bottom) = (Double(coarse.width), Double(coarse.height))
    let filled = Set(
      gaps.parts.filter { gap in
        let enclosed =
          gap.box.x > 0 && gap.box.y > 0 && gap.box.x + gap.box.width < right
          && gap.box.y + gap.box.height < bottom
        return Double(gap.area) < minHole * Double(foreground)
          || (enclosed && Double(gap.area) < 4 * minHole * Double(foreground))
      }.map(\.label))
    for index in values.indices where gaps.labels[index] != 0 && filled.contains(gaps.labels[index]) {
      values[index] = max(values[index], 0.7)
    }
    return Plane(width: coarse.width, height: coarse.height, values: values)
  }

  /// The parts that belong to the foreground: the one with the face, else the largest, and other large ones.
  private func keptParts(_ parts: Components, face: FaceGuide?, coarse: Plane, crop: PixelSize) -> Set<Int32>
  {
    guard let largest = parts.parts.map(\.area).max() else { return [] }
    let scale = Double(coarse.width) / Double(crop.width)
    var main: Int32?
    if let center = face?.measured.center {
      let (x, y) = (Int(center.x * scale), Int(center.y * scale))
      if (0..<coarse.width).contains(x), (0..<coarse.height).contains(y) {
        let label = parts.labels[y * coarse.width + x]
        if label != 0 { main = label }
      }
    }
    let minArea = Double(largest) * minIsland
    return Set(
      parts.parts.filter { part in
        if let main {
          return part.label == main
            || (Double(part.area) >= minArea && part.box.y + part.box.height >= Double(coarse.height) - 1)
        }
        return Double(part.area) >= minArea
      }.map(\.label))
  }
}

extension ImageBuffer {
  /// The grey image, inverted.
  var inverted: ImageBuffer {
    ImageBuffer(width: width, height: height, format: format, bytes: bytes.map { 255 - $0 })
  }
}
