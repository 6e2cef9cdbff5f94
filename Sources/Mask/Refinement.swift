import Foundation
package import Imaging
package import Vision

/// Turns a coarse probability of figure into the soft alpha of a cut-out.
package struct Refinement: Sendable {
  /// Half the window of the guided filter, as a share of the crop's longer side.
  package var reach = 0.016
  /// How much the colour must vary, squared (0 to 1), to count as an edge.
  package var epsilon = 1e-5
  /// Parts of less than this share of the largest one are removed.
  package var leastIsland = 0.12
  /// Holes of less than this share of the figure are filled.
  package var leastHole = 0.01
  /// How far the alpha may be soft, as a share of the crop's longer side on either side of the coarse edge.
  package var band = 0.02

  /// The usual refinement.
  package init() {}

  /// The alpha of `image`'s figure.
  ///
  /// - Parameters:
  ///   - coarse: The probability of figure, 0 to 1, of any size.
  ///   - image: The crop, RGB.
  ///   - face: The face, whose part is kept whatever its size.
  /// - Returns: The alpha, of the size of `image`.
  /// - Throws: `VisionError`.
  package func callAsFunction(_ coarse: Plane, image: ImageBuffer, face: FaceGuide?) throws -> Plane {
    let solid = try cleaned(coarse, face: face, of: image.size)
    let side = Double(max(image.width, image.height))
    let full = try solid.openCVResized(to: image.size, by: .cubic)
    let hard = Plane(
      width: full.width, height: full.height, values: full.values.map { min(max(($0 - 0.5) * 4 + 0.5, 0), 1) }
    )
    let soft = try hard.guided(by: image, radius: max(1, Int((side * reach).rounded())), epsilon: epsilon)
    let mask = Plane(width: full.width, height: full.height, values: full.values.map { $0 >= 0.5 ? 1 : 0 })
      .image
    let inside = try mask.distanceToZero()
    let outside = try mask.inverted.distanceToZero()
    let width = Float(max(1.5, side * band))
    var alpha = soft
    for index in alpha.values.indices {
      // The filter's ramps are stretched, so that the sure figure and the sure background are exactly 1 and 0.
      let value = min(max((soft.values[index] - 0.5) * 1.25 + 0.5, 0), 1)
      let depth = inside.values[index] - outside.values[index]
      // Beyond the band the coarse mask stands; within its outer half the two are blended.
      let trust = min(max((width - abs(depth)) / (width / 2), 0), 1)
      alpha.values[index] = trust * value + (1 - trust) * (depth > 0 ? 1 : 0)
    }
    return alpha
  }

  /// The coarse mask without islands and pinholes, at its own size, its edges where they were.
  private func cleaned(_ coarse: Plane, face: FaceGuide?, of size: PixelSize) throws -> Plane {
    var values = coarse.values
    let parts = try Components(
      of: Plane(width: coarse.width, height: coarse.height, values: values.map { $0 >= 0.5 ? 1 : 0 }).image)
    let kept = keptParts(parts, face: face, coarse: coarse, crop: size)
    for index in values.indices where parts.labels[index] != 0 && !kept.contains(parts.labels[index]) {
      values[index] = min(values[index], 0.3)
    }
    let figure = values.count { $0 >= 0.5 }
    let gaps = try Components(
      of: Plane(width: coarse.width, height: coarse.height, values: values.map { $0 < 0.5 ? 1 : 0 }).image)
    let (right, bottom) = (Double(coarse.width), Double(coarse.height))
    let filled = Set(
      gaps.parts.filter { gap in
        let enclosed =
          gap.box.x > 0 && gap.box.y > 0 && gap.box.x + gap.box.width < right
          && gap.box.y + gap.box.height < bottom
        return Double(gap.area) < leastHole * Double(figure)
          || (enclosed && Double(gap.area) < 4 * leastHole * Double(figure))
      }.map(\.label))
    for index in values.indices where gaps.labels[index] != 0 && filled.contains(gaps.labels[index]) {
      values[index] = max(values[index], 0.7)
    }
    return Plane(width: coarse.width, height: coarse.height, values: values)
  }

  /// The parts that belong to the figure: those that the face lies in, else the largest, and those nearly as large.
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
    let least = Double(largest) * leastIsland
    return Set(
      parts.parts.filter { part in
        if let main {
          return part.label == main
            || (Double(part.area) >= least && part.box.y + part.box.height >= Double(coarse.height) - 1)
        }
        return Double(part.area) >= least
      }.map(\.label))
  }
}

extension ImageBuffer {
  /// The grey image with black and white exchanged.
  var inverted: ImageBuffer {
    ImageBuffer(width: width, height: height, format: format, bytes: bytes.map { 255 - $0 })
  }
}
