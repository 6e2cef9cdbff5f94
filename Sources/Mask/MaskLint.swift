import Dataset
import Imaging
import Vision

/// What looks wrong about a mask, as codes that the manifest keeps.
struct MaskLint {
  /// Below this coverage there is no figure.
  static let emptyCoverage = 0.01
  /// Above this coverage there is no background.
  static let fullCoverage = 0.98

  /// The mean of the alpha, 0 to 1.
  let coverage: Double
  /// The codes, in a fixed order.
  let flags: [String]

  /// Looks at `alpha`; `face` is where the face is known to be, in the same pixels.
  ///
  /// - Throws: `VisionError`.
  init(_ alpha: Plane, face: FaceGuide?) throws {
    let (width, height) = (alpha.width, alpha.height)
    let mean = Double(alpha.values.reduce(0, +)) / Double(alpha.values.count)
    coverage = mean
    guard mean >= MaskLint.emptyCoverage else {
      flags = ["empty"]
      return
    }
    guard mean <= MaskLint.fullCoverage else {
      flags = ["full"]
      return
    }
    var flags: [String] = []
    let solid = alpha.values.map { $0 >= 0.5 }
    func parts(of wanted: Bool) throws -> [Components.Part] {
      let mask = ImageBuffer(
        width: width, height: height, format: .gray, bytes: solid.map { $0 == wanted ? 255 : 0 })
      return try Components(of: mask).parts
    }
    let least = max(4, width * height / 2000)
    let enclosed = try parts(of: false).filter { gap in
      gap.area >= least && gap.box.x > 0 && gap.box.y > 0 && gap.box.x + gap.box.width < Double(width)
        && gap.box.y + gap.box.height < Double(height)
    }
    if !enclosed.isEmpty { flags.append("holes") }
    if try parts(of: true).count(where: { $0.area >= least }) > 1 { flags.append("islands") }
    let rows = 0..<height
    if rows.count(where: { solid[$0 * width] }) * 4 > height { flags.append("touches-left") }
    if rows.count(where: { solid[$0 * width + width - 1] }) * 4 > height { flags.append("touches-right") }
    if (0..<width).count(where: { solid[$0] }) * 10 > width { flags.append("touches-top") }
    if let face, MaskLint.share(of: face, in: alpha) < 0.9 { flags.append("face-outside") }
    self.flags = flags
  }

  /// How much of the inner face and its landmarks is figure, 0 to 1; 1 where none of them is in the crop.
  private static func share(of face: FaceGuide, in alpha: Plane) -> Double {
    let box = face.measured
    let center = box.center
    var points = face.landmarks
    for row in -4...4 {
      for column in -4...4 where row * row + column * column <= 16 {
        points.append(
          Point(
            x: center.x + Double(column) / 10 * box.width, y: center.y + Double(row) / 10 * box.height))
      }
    }
    let values = points.compactMap { point -> Double? in
      let (x, y) = (Int(point.x.rounded()), Int(point.y.rounded()))
      guard (0..<alpha.width).contains(x), (0..<alpha.height).contains(y) else { return nil }
      return Double(alpha[x, y])
    }
    return values.isEmpty ? 1 : values.reduce(0, +) / Double(values.count)
  }
}
