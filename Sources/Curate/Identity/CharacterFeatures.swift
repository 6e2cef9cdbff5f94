import Dataset
import Foundation
import Imaging

/// Describes who an anime face shows by its colours: 187 numbers, whose cosine is the similarity of two faces.
///
/// The first part is the histogram of the hair's colours: the foreground above the brows and beside the cheeks that does not
/// have the colour of the skin. The second part is the colours in each of 3 x 3 cells of the cutout, with the share of
/// background. Both are histograms in CIELAB with soft bins, of which the square roots are taken, so the cosine is their
/// Bhattacharyya coefficient. Expressions change little of it; another light or another style changes much.
struct CharacterFeatures {
  /// The features, with norm 1.
  let vector: [Float]

  /// The version of the features; a change makes those in the ledger outdated.
  static let version = 1
  /// The number of features.
  static let length = Palette.hair.count + cells * cells * (Palette.cell.count + 1)

  private static let side = 48
  private static let cells = 3
  /// The weight of the hair; the rest is that of the cells.
  private static let hairWeight: Float = 0.6

  /// The features of a face.
  ///
  /// - Parameters:
  ///   - cutout: The cutout, square; all of it is foreground if it has no alpha.
  ///   - face: The face in source pixels.
  ///   - matrix: Source pixels to pixels of the cutout.
  init(_ cutout: ImageBuffer, face: Sample.Face, matrix: AffineMap) {
    let side = Self.side
    let small = cutout.converted(to: .rgba).resized(to: PixelSize(width: side, height: side))
    let bytes = small.bytes
    let colors = (0..<side * side).map { LabColor(bytes[$0 * 4], bytes[$0 * 4 + 1], bytes[$0 * 4 + 2]) }
    let alpha = (0..<side * side).map { Float(bytes[$0 * 4 + 3]) / 255 }
    let axes = FaceAxes(face, matrix: matrix, scale: Double(side) / Double(max(1, cutout.width)), side: side)

    var hair = [Float](repeating: 0, count: Palette.hair.count)
    for index in Self.hair(colors, alpha, axes) { Palette.hair.add(colors[index], weight: 1, to: &hair) }
    let bins = Palette.cell.count + 1
    var grid = [[Float]](repeating: [Float](repeating: 0, count: bins), count: Self.cells * Self.cells)
    for index in colors.indices {
      let cell = index / side * Self.cells / side * Self.cells + index % side * Self.cells / side
      Palette.cell.add(colors[index], weight: alpha[index], to: &grid[cell])
      grid[cell][bins - 1] += 1 - alpha[index]
    }
    let cellWeight = (1 - Self.hairWeight) / Float(grid.count)
    let parts = [Self.roots(hair, weight: Self.hairWeight)] + grid.map { Self.roots($0, weight: cellWeight) }
    let all = parts.flatMap { $0 }
    let length = all.reduce(0) { $0 + $1 * $1 }.squareRoot()
    vector = all.map { $0 / max(length, .leastNormalMagnitude) }
  }

  /// The pixels of the hair; if too few are found, all pixels above the brows, or the whole foreground.
  private static func hair(_ colors: [LabColor], _ alpha: [Float], _ axes: FaceAxes) -> [Int] {
    let foreground = colors.indices.filter { alpha[$0] > 0.5 }
    // The colour of the skin is the median between eyes and mouth.
    var skin = foreground.filter { abs(axes.across[$0]) < 0.5 && axes.down[$0] > 0.15 && axes.down[$0] < 0.8 }
    if skin.count < 5 {
      skin = colors.indices.filter { abs(axes.across[$0]) < 0.6 && axes.down[$0] > 0 && axes.down[$0] < 1 }
    }
    let middle = LabColor(
      lightness: median(skin.map { colors[$0].lightness }), a: median(skin.map { colors[$0].a }),
      b: median(skin.map { colors[$0].b }))
    let above = foreground.filter { axes.down[$0] < -0.45 }
    let hair = foreground.filter {
      let (x, y) = (axes.across[$0], axes.down[$0])
      return (y < -0.45 && y > -2.2 || abs(x) > 0.8 && y < 0.6 && y > -2.2)
        && colors[$0].distance(to: middle, lightness: 0.5) >= 12
    }
    return [hair, above].first { $0.count >= 10 } ?? foreground
  }

  private static func median(_ values: [Float]) -> Float {
    values.isEmpty ? 0 : values.sorted()[values.count / 2]
  }

  /// The square roots of a histogram that is normalized to the sum `weight`.
  private static func roots(_ histogram: [Float], weight: Float) -> [Float] {
    let sum = max(histogram.reduce(0, +), .leastNormalMagnitude)
    return histogram.map { ($0 * weight / sum).squareRoot() }
  }
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

/// A colour in CIELAB (CIE 1976, D65).
struct LabColor {
  let lightness: Float
  let a: Float
  let b: Float

  init(lightness: Float, a: Float, b: Float) { (self.lightness, self.a, self.b) = (lightness, a, b) }

  /// The colour of sRGB values.
  init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    let (r, g, b) = (Self.linear[Int(red)], Self.linear[Int(green)], Self.linear[Int(blue)])
    let x = Self.root((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505)
    let y = Self.root(0.2126 * r + 0.7152 * g + 0.0722 * b)
    let z = Self.root((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
    self.init(lightness: 116 * y - 16, a: 500 * (x - y), b: 200 * (y - z))
  }

  /// The distance, in which differences of lightness have the given weight.
  func distance(to other: LabColor, lightness weight: Float) -> Float {
    let (l, a, b) = ((lightness - other.lightness) * weight, a - other.a, b - other.b)
    return (l * l + a * a + b * b).squareRoot()
  }

  private static let linear: [Float] = (0...255).map { value in
    let share = Double(value) / 255
    return Float(share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4))
  }

  private static func root(_ value: Float) -> Float {
    value > 0.008856 ? cbrt(value) : 7.787 * value + 16 / 116
  }
}

/// The bins of a colour histogram.
private struct Palette {
  private let centers: [LabColor]
  private let lightnessWidth: Float
  private let chromaWidth: Float

  /// Bins at each lightness: one grey, and six hues at each chroma.
  private init(lightness: [Float], chroma: [Float], lightnessWidth: Float, chromaWidth: Float) {
    var centers: [LabColor] = []
    for level in lightness {
      centers.append(LabColor(lightness: level, a: 0, b: 0))
      for radius in chroma {
        for hue in 0..<6 {
          let angle = Float(hue) * .pi / 3
          centers.append(LabColor(lightness: level, a: radius * cos(angle), b: radius * sin(angle)))
        }
      }
    }
    (self.centers, self.lightnessWidth, self.chromaWidth) = (centers, lightnessWidth, chromaWidth)
  }

  /// The bins for hair.
  static let hair = Palette(
    lightness: [12, 38, 62, 88], chroma: [20, 45], lightnessWidth: 16, chromaWidth: 12)
  /// The bins for the cells of the cutout.
  static let cell = Palette(lightness: [25, 75], chroma: [28], lightnessWidth: 20, chromaWidth: 16)

  /// The number of bins.
  var count: Int { centers.count }

  /// Distributes `weight` over the bins near `color`.
  func add(_ color: LabColor, weight: Float, to histogram: inout [Float]) {
    let squares = centers.map { center in
      let l = (color.lightness - center.lightness) / lightnessWidth
      let (a, b) = ((color.a - center.a) / chromaWidth, (color.b - center.b) / chromaWidth)
      return l * l + a * a + b * b
    }
    let nearest = squares.min() ?? 0
    let shares = squares.map { exp((nearest - $0) / 2) }
    let sum = shares.reduce(0, +)
    for index in shares.indices { histogram[index] += weight * shares[index] / sum }
  }
}
