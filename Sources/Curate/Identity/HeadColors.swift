import Dataset
import Foundation
import Imaging

/// The colors of a small copy of a cutout, and the pixels of the hair in it.
struct HeadColors {
  static let side = 48

  /// The color of each pixel, row by row.
  let colors: [LabColor]
  /// The alpha of each pixel, 0 to 1.
  let alpha: [Float]
  /// The pixels of the hair: the foreground above the brows and beside the cheeks that does not have the color of the skin; nil
  /// if they are too few.
  let hair: [Int]?
  /// The foreground above the brows, or the whole foreground if that is too small.
  let top: [Int]

  /// The colors of a face.
  ///
  /// - Parameters:
  ///   - cutout: The cutout, square; all of it is foreground if it has no alpha.
  ///   - face: The face in source pixels.
  ///   - matrix: Source pixels to pixels of the cutout.
  init(_ cutout: ImageBuffer, face: Sample.Face, matrix: AffineMap) {
    let side = Self.side
    let bytes = cutout.converted(to: .rgba).resized(to: PixelSize(width: side, height: side)).bytes
    let colors = (0..<side * side).map { LabColor(bytes[$0 * 4], bytes[$0 * 4 + 1], bytes[$0 * 4 + 2]) }
    let alpha = (0..<side * side).map { Float(bytes[$0 * 4 + 3]) / 255 }
    let axes = FaceAxes(face, matrix: matrix, scale: Double(side) / Double(max(1, cutout.width)), side: side)
    let foreground = colors.indices.filter { alpha[$0] > 0.5 }
    // The color of the skin is the median between eyes and mouth.
    var skin = foreground.filter { abs(axes.across[$0]) < 0.5 && axes.down[$0] > 0.15 && axes.down[$0] < 0.8 }
    if skin.count < 5 {
      skin = colors.indices.filter { abs(axes.across[$0]) < 0.6 && axes.down[$0] > 0 && axes.down[$0] < 1 }
    }
    let middle = LabColor(medianOf: skin.map { colors[$0] })
    let hair = foreground.filter {
      let (x, y) = (axes.across[$0], axes.down[$0])
      return (y < -0.45 && y > -2.2 || abs(x) > 0.8 && y < 0.6 && y > -2.2)
        && colors[$0].distance(to: middle, lightness: 0.5) >= 12
    }
    let above = foreground.filter { axes.down[$0] < -0.45 }
    (self.colors, self.alpha) = (colors, alpha)
    self.hair = hair.count >= 10 ? hair : nil
    top = above.count >= 10 ? above : foreground
  }

  /// The median color of the hair; nil if no hair was found.
  var hairColor: LabColor? { hair.map { LabColor(medianOf: $0.map { colors[$0] }) } }
}

/// The coordinates of each pixel in units of the eyes' distance, with the origin between the eyes.
private struct FaceAxes {
  /// To the right along the line of the eyes.
  private(set) var across: [Float] = []
  /// Down, at right angles to it.
  private(set) var down: [Float] = []

  init(_ face: Sample.Face, matrix: AffineMap, scale: Double, side: Int) {
    func place(_ x: Double, _ y: Double) -> Point {
      let point = matrix(Point(x: x, y: y))
      return Point(x: point.x * scale, y: point.y * scale)
    }
    // Without landmarks, the eyes are where they usually are in a detector's box.
    let eyeLine = face.box.y + 0.45 * face.box.height
    let left =
      face.landmarks.eyes.map { place($0.left.x, $0.left.y) }
      ?? place(face.box.x + 0.3 * face.box.width, eyeLine)
    let right =
      face.landmarks.eyes.map { place($0.right.x, $0.right.y) }
      ?? place(face.box.x + 0.7 * face.box.width, eyeLine)
    let (dx, dy) = (right.x - left.x, right.y - left.y)
    let distance = (dx * dx + dy * dy).squareRoot()
    let (x, y) = distance > 0 ? (dx / distance, dy / distance) : (1, 0)
    let unit = max(distance, Double(side) / 12)
    let middle = Point(x: (left.x + right.x) / 2, y: (left.y + right.y) / 2)
    for row in 0..<side {
      for column in 0..<side {
        let (u, v) = (Double(column) - middle.x, Double(row) - middle.y)
        across.append(Float((u * x + v * y) / unit))
        down.append(Float((v * x - u * y) / unit))
      }
    }
  }
}
