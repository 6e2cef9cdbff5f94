internal import Foundation
internal import Imaging
internal import Vision

/// Corrects faces that are sideways or upside down but were detected as upright.
///
/// YuNet and animeface find many such faces, but with the landmarks of an upright face. So the face is
/// detected again in small copies, as it was found and rotated by 90, 180 and 270 degrees. In the true
/// orientation the detector finds it at more sizes and with higher scores, and more windows of a cascade for
/// upright faces overlap it.
final class OrientationCheck {
  /// When faces are checked.
  struct Rule: Sendable {
    /// Faces with at least this score are accepted as upright.
    var sureScore: Double
    /// The sizes of the face, in pixels, at which it is detected again.
    var sides: [Double]
    /// The number of cascade windows that counts as full evidence.
    var fullWindows: Double
    /// The weight of the cascade; each detection has the weight 1.
    var cascadeWeight = 1.0
    /// The minimum lead of another orientation over the one that was found.
    var minLead: Double
  }

  private let finder: any FaceFinder
  private let rule: Rule
  private let cascade: Cascade?

  /// A check by the detector itself, and by the cascade of upright faces if there is one.
  init(_ finder: any FaceFinder, _ rule: Rule, cascade: URL?) throws {
    (self.finder, self.rule) = (finder, rule)
    self.cascade = try cascade.map { try Cascade(contentsOf: $0) }
  }

  /// The evidence for one orientation of a face.
  private struct Evidence {
    /// The weighted sum of scores and windows.
    var sum = 0.0
    /// The face as it was detected in this orientation, in the image's pixels.
    var face: DetectedFace?
  }

  /// `face` as it was found, or as it was detected in another orientation if that has more evidence.
  func corrected(_ face: DetectedFace, in image: ImageBuffer) throws -> DetectedFace {
    guard face.score < rule.sureScore, max(face.box.width, face.box.height) >= 8 else { return face }
    let found = try evidence(for: face, rotatedBy: 0, in: image)
    // If all sizes and the cascade agree, no other orientation can have enough lead.
    let full = Double(rule.sides.count) + (cascade == nil ? 0 : rule.cascadeWeight)
    if found.sum > full - rule.minLead { return face }
    var best = found
    best.sum += rule.minLead
    for degrees in [180.0, 90, 270] {
      let other = try evidence(for: face, rotatedBy: degrees, in: image)
      if other.sum > best.sum, other.face != nil { best = other }
    }
    return best.sum == found.sum + rule.minLead ? face : best.face ?? face
  }

  private func evidence(
    for face: DetectedFace, rotatedBy degrees: Double, in image: ImageBuffer
  ) throws -> Evidence {
    var evidence = Evidence()
    var bestScore = 0.0
    func view(_ side: Double, _ canvas: Int) throws -> (ImageBuffer, AffineMap) {
      let middle = Double(canvas - 1) / 2
      let center = face.box.center
      let map = AffineMap.translation(x: -center.x, y: -center.y)
        .then(.rotation(degrees: degrees - (face.eyeRoll ?? 0)))
        .then(.scaling(side / max(face.box.width, face.box.height)))
        .then(.translation(x: middle, y: middle))
      return (
        try image.warped(
          by: map, to: PixelSize(width: canvas, height: canvas), border: .edge, interpolation: .area), map
      )
    }
    for side in rule.sides {
      let canvas = (2 * Int(side) + 63) / 64 * 64
      let (seen, map) = try view(side, canvas)
      guard let back = map.inverse else { continue }
      let middle = Double(canvas - 1) / 2
      let again = try finder.find(in: seen).filter {
        // The box of an upside-down face is off the face's center.
        abs($0.box.center.x - middle) < 0.5 * side && abs($0.box.center.y - middle) < 0.5 * side
          && abs($0.eyeRoll ?? 0) < 50
      }
      guard let best = again.max(by: { $0.score < $1.score }) else { continue }
      evidence.sum += best.score
      if best.score > bestScore {
        bestScore = best.score
        evidence.face = best.mapped(by: back)
      }
    }
    if let cascade {
      let gray = try view(64, 128).0.converted(to: .gray)
      var search = Cascade.Search(scaleFactor: 1.05, minNeighbors: 0, minSide: 40, equalize: true)
      search.sides.max = 120
      let windows = try cascade.detect(in: gray, search).count { hit in
        abs(hit.box.center.x - 63.5) < 32 && abs(hit.box.center.y - 63.5) < 32
      }
      evidence.sum += rule.cascadeWeight * min(1, Double(windows) / rule.fullWindows)
    }
    return evidence
  }
}
