import Imaging
import Vision

/// A correction on its way to another crop: what agrees with it there.
struct Carrying: Sendable {
  /// The least correlation of two crops that show nearly the same.
  static let leastCorrelation: Float = 0.8
  /// The least share of a stroke that looks alike in both crops.
  static let leastAgreement: Float = 0.7
  /// How clearly colours must speak to be heard, as a logarithm.
  private static let clearly: Float = 2

  /// How the crops lie on each other.
  let registration: CropRegistration
  /// How many strokes agree.
  private(set) var carried = 0
  /// The share of all strokes' pixels, and where there are none of the correction, that looks alike in both, 0 to 1.
  private(set) var agreement: Float = 0
  /// What to paint on the other crop.
  private(set) var layer: BrushLayer

  private let correction: Correction
  private let likeness: Likeness
  /// The corrected mask as it lies on the other crop, and where the correction is.
  private let (alpha, isChanged): (Plane, [Bool])

  /// Carries the strokes of `correction` to `target`, RGB; nil where the two do not show nearly the same.
  ///
  /// - Throws: `VisionError`.
  init?(_ correction: Correction, to target: ImageBuffer, guesses: [AffineMap]) throws {
    registration = CropRegistration(of: correction.image, onto: target, guesses: guesses)
    guard registration.correlation >= Self.leastCorrelation, let back = registration.map.inverse else {
      return nil
    }
    self.correction = correction
    likeness = try Likeness(of: correction.image, onto: target, by: registration)
    layer = BrushLayer(size: target.size)
    alpha = Plane(try correction.alpha.image.warped(by: registration.map, to: target.size, border: .edge))
    let from = Self.places(on: correction.image.size, of: target.size, by: back)
    isChanged = from.map { $0.map { correction.changed[$0] } ?? false }
    carry(from)
  }

  /// The pixel of `source` that is nearest to where `back` leads from each pixel of `target`; nil outside.
  private static func places(on source: PixelSize, of target: PixelSize, by back: AffineMap) -> [Int?] {
    (0..<target.area).map { index in
      let point = back(Point(x: Double(index % target.width), y: Double(index / target.width)))
      guard point.x > -0.5, point.y > -0.5, point.x < Double(source.width) - 0.5,
        point.y < Double(source.height) - 0.5
      else { return nil }
      return Int(point.y.rounded()) * source.width + Int(point.x.rounded())
    }
  }

  /// Takes each stroke as a whole or not at all, and of those that are taken the pixels that fit.
  private mutating func carry(_ from: [Int?]) {
    var (pixels, alike) = (
      [Float](repeating: 0, count: correction.strokeCount + 1),
      [Float](repeating: 0, count: correction.strokeCount + 1)
    )
    for (index, place) in from.enumerated() {
      guard let place else { continue }
      let stroke = Int(correction.strokes[place])
      pixels[stroke] += 1
      alike[stroke] += likeness.share.values[index]
    }
    let agrees = (0...correction.strokeCount).map {
      $0 > 0 && pixels[$0] > 0 && alike[$0] >= Self.leastAgreement * pixels[$0]
    }
    carried = agrees.count { $0 }
    if correction.strokeCount > 0 {
      agreement = alike.dropFirst().reduce(0, +) / max(1, pixels.dropFirst().reduce(0, +))
    } else {
      let places = isChanged.indices.filter { isChanged[$0] }
      agreement = places.reduce(0) { $0 + likeness.share.values[$1] } / Float(max(1, places.count))
    }
    for (index, place) in from.enumerated() {
      guard let place, agrees[Int(correction.strokes[place])] else { continue }
      let word = correction.layer.words[place]
      if likeness[index] || colorsVouch(for: word, at: index) { layer.words[index] = word }
    }
  }

  /// Whether the colour that moved under a stroke is one that the corrected mask has on that side.
  private func colorsVouch(for word: BrushLayer.Word, at index: Int) -> Bool {
    let favour = correction.favour(likeness.lit, index)
    return switch word {
    case .keep: favour > Self.clearly
    case .remove: favour < -Self.clearly
    case .none, .soft: false
    }
  }

  /// Paints where `mask`, what the layer made of the other crop, still differs from the corrected mask about what was
  /// corrected, or does so where `before`, its mask without the layer, did not; but only where the pictures are alike and
  /// the colours do not gainsay.
  ///
  /// A stroke tells a method more than the pixels that it covers, and another crop may take that hint otherwise.
  ///
  /// - Returns: Whether anything was painted.
  /// - Throws: `VisionError`.
  mutating func complete(_ mask: Plane, before: Plane) throws -> Bool {
    var wanted = layer.words.map { _ in BrushLayer.Word.none }
    for index in wanted.indices where likeness[index] && layer.words[index] == .none {
      let fault = abs(mask.values[index] - alpha.values[index])
      guard fault > (isChanged[index] ? 0 : abs(before.values[index] - alpha.values[index])) + 0.3 else {
        continue
      }
      let favour = correction.favour(likeness.lit, index)
      switch alpha.values[index] {
      case 0.9...: wanted[index] = favour > -Self.clearly ? .keep : .none
      case ...0.1: wanted[index] = favour < Self.clearly ? .remove : .none
      default: wanted[index] = .soft
      }
    }
    let parts = try Components(
      of: ImageBuffer(
        width: layer.size.width, height: layer.size.height, format: .gray,
        bytes: wanted.map { $0 == .none ? 0 : 255 }))
    let least = max(6, layer.size.area / 8000)
    let large = Set(parts.parts.filter { $0.area >= least }.map(\.label))
    for index in wanted.indices where large.contains(parts.labels[index]) {
      layer.words[index] = wanted[index]
    }
    return !large.isEmpty
  }

  /// How far a mask is from the corrected one where the pictures are alike.
  struct Distance {
    /// The mean difference of alpha at what was corrected or painted.
    var corrected: Float = 0
    /// How many pixels that are.
    var pixels: Float = 0
    /// The sum of differences everywhere else.
    var elsewhere: Float = 0
  }

  /// How far `mask` is from the corrected one.
  func distance(of mask: Plane) -> Distance {
    var distance = Distance()
    for index in mask.values.indices where likeness[index] {
      let difference = abs(mask.values[index] - alpha.values[index])
      if isChanged[index] || layer.words[index] != .none {
        distance.corrected += difference
        distance.pixels += 1
      } else {
        distance.elsewhere += difference
      }
    }
    distance.corrected /= max(1, distance.pixels)
    return distance
  }
}
