import Dataset
import Foundation
import Imaging

/// Describes who an anime face shows by its colors: 187 numbers, whose cosine is the similarity of two faces.
///
/// The first part is the histogram of the hair's colors: the foreground above the brows and beside the cheeks that does not
/// have the color of the skin. The second part is the colors in each of 3 x 3 cells of the cutout, with the share of
/// background. Both are histograms in CIELAB with soft bins, of which the square roots are taken, so the cosine is their
/// Bhattacharyya coefficient. Expressions change little of it; another light or another style changes much.
struct CharacterFeatures {
  /// The features, with norm 1.
  let vector: [Float]

  /// The version of the features; a change makes those in the ledger outdated.
  static let version = 1
  /// The number of features.
  static let length = Palette.hair.count + cells * cells * (Palette.cell.count + 1)

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
    let head = HeadColors(cutout, face: face, matrix: matrix)
    let (side, colors, alpha) = (HeadColors.side, head.colors, head.alpha)

    var hair = [Float](repeating: 0, count: Palette.hair.count)
    for index in head.hair ?? head.top { Palette.hair.add(colors[index], weight: 1, to: &hair) }
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

  /// The square roots of a histogram that is normalized to the sum `weight`.
  private static func roots(_ histogram: [Float], weight: Float) -> [Float] {
    let sum = max(histogram.reduce(0, +), .leastNormalMagnitude)
    return histogram.map { ($0 * weight / sum).squareRoot() }
  }
}

/// The bins of a color histogram.
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
