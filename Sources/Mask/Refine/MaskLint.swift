import Dataset
import Imaging
import Vision

/// Checks a mask for typical errors: it measures them and raises a flag for each measure above its limit.
struct MaskLint {
  /// Below this coverage the mask is empty.
  static let emptyCoverage = 0.01
  /// Above this coverage the mask is full.
  static let fullCoverage = 0.98
  /// Above these limits a flag of the same name is raised.
  static let limits: [(name: String, limit: Double)] = [
    ("holes", 0), ("islands", 0), ("touches-left", 0.25), ("touches-right", 0.25), ("touches-top", 0.1),
    ("face-outside", 0.1), ("hair-eaten", 0.15), ("disagreement", 0.15),
  ]

  /// The mean of the alpha, 0 to 1.
  let coverage: Double
  /// The measures by the names of their flags; fractions, 0...1.
  let numbers: [String: Double]
  /// The raised flags, in a fixed order.
  let flags: [String]

  /// Checks `alpha`.
  ///
  /// - Parameters:
  ///   - alpha: The mask.
  ///   - face: The face, in the same pixels; nil if unknown.
  ///   - disagreement: The fraction of pixels that another method labels differently; nil if no other method ran.
  /// - Throws: `VisionError`.
  init(_ alpha: Plane, face: FaceGuide?, disagreement: Double? = nil) throws {
    let mean = Double(alpha.values.reduce(0, +)) / Double(alpha.values.count)
    coverage = mean
    var numbers = try MaskLint.shapes(of: alpha)
    if let face {
      let box = face.measured
      numbers["face-outside"] = 1 - MaskLint.share(of: face.landmarks.points + box.disc, in: alpha)
      numbers["hair-eaten"] = 1 - MaskLint.share(of: box.forehead, in: alpha)
    }
    numbers["disagreement"] = disagreement
    // Thousandths are precise enough and keep the records short.
    self.numbers = numbers.mapValues { ($0 * 1000).rounded() / 1000 }
    if mean < MaskLint.emptyCoverage {
      flags = ["empty"]
    } else if mean > MaskLint.fullCoverage {
      flags = ["full"]
    } else {
      flags = MaskLint.limits.filter { (numbers[$0.name] ?? 0) > $0.limit }.map(\.name)
    }
  }

  /// The fractions of holes and islands in the area, and of each border that the foreground touches.
  private static func shapes(of alpha: Plane) throws -> [String: Double] {
    let (width, height) = (alpha.width, alpha.height)
    let solid = alpha.values.map { $0 >= 0.5 }
    func parts(of wanted: Bool) throws -> [Components.Part] {
      let mask = ImageBuffer(
        width: width, height: height, format: .gray, bytes: solid.map { $0 == wanted ? 255 : 0 })
      return try Components(of: mask).parts
    }
    let minArea = max(4, width * height / 2000)
    let holes = try parts(of: false).filter { gap in
      gap.area >= minArea && gap.box.x > 0 && gap.box.y > 0 && gap.box.x + gap.box.width < Double(width)
        && gap.box.y + gap.box.height < Double(height)
    }
    let islands = try parts(of: true).filter { $0.area >= minArea }.map(\.area).sorted().dropLast()
    func share(_ places: [Int]) -> Double { Double(places.count { solid[$0] }) / Double(places.count) }
    return [
      "holes": Double(holes.map(\.area).reduce(0, +)) / Double(solid.count),
      "islands": Double(islands.reduce(0, +)) / Double(solid.count),
      "touches-left": share((0..<height).map { $0 * width }),
      "touches-right": share((0..<height).map { $0 * width + width - 1 }),
      "touches-top": share(Array(0..<width)),
      "touches-bottom": share((0..<width).map { (height - 1) * width + $0 }),
    ]
  }

  /// The mean alpha at `points`, 0 to 1; 1 if all of them are outside the crop.
  private static func share(of points: [Point], in alpha: Plane) -> Double {
    let values = points.compactMap { point -> Double? in
      let (x, y) = (Int(point.x.rounded()), Int(point.y.rounded()))
      guard (0..<alpha.width).contains(x), (0..<alpha.height).contains(y) else { return nil }
      return Double(alpha[x, y])
    }
    return values.isEmpty ? 1 : values.reduce(0, +) / Double(values.count)
  }
}

extension Box {
  /// Points in a disc over the inner face.
  fileprivate var disc: [Point] {
    (-4...4).flatMap { row in
      (-4...4).filter { row * row + $0 * $0 <= 16 }.map { column in
        Point(x: center.x + Double(column) / 10 * width, y: center.y + Double(row) / 10 * height)
      }
    }
  }

  /// Points above the brows, which show forehead, hair or hat on every head.
  fileprivate var forehead: [Point] {
    (0...3).flatMap { row in
      (-3...3).map { column in
        Point(
          x: center.x + Double(column) / 10 * width, y: center.y - (0.55 + Double(row) / 10) * height)
      }
    }
  }
}
