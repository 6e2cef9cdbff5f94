internal import Foundation
internal import Imaging
internal import Vision

/// Corrects faces that are sideways or upside down but were detected as upright.
///
/// YuNet and animeface find many such faces, but with the landmarks of an upright face. So the face is
/// detected again in small copies, as it was found and rotated by 90, 180 and 270 degrees. In the true
/// orientation the detector finds it at more sizes and with higher scores, and more windows of a cascade for
/// upright faces overlap it. The logarithms of the numbers of windows are compared, because a well-lit face has
/// about a hundred windows, a badly lit one ten.
final class OrientationCheck {
  /// When and how faces are checked.
  struct Rule: Sendable {
    /// Faces with at least this score are accepted as upright.
    var sureScore: Double
    /// The sizes of the face, in pixels, at which it is detected again.
    var sides: [Double]
    /// If the mean score and the number of windows reach these values, the face is upright, and the other
    /// orientations are not examined.
    ///
    /// On the test data most upright faces reach both, no upside-down face does.
    var clear: (score: Double, windows: Int)
    /// Whether faces with little evidence in each orientation are rejected; only if there is a cascade.
    var rejectsDoubtful = false
  }

  private let finder: any FaceFinder
  private let rule: Rule
  private let cascade: Cascade?

  /// The weight of the detector's mean score; the logarithm of the number of windows has the weight 1.
  private static let scoreWeight = 4.0
  /// The minimum lead of another orientation over the one that was found.
  private static let minLead = 0.5
  /// Doubtful faces have a lower mean score and fewer windows than these.
  ///
  /// On the test data no upright anime face is doubtful, but most false detections in rotated images are.
  private static let (doubtfulScore, doubtfulWindows) = (0.8, 10)

  /// A check by the detector itself, and by the cascade of upright faces if there is one.
  init(_ finder: any FaceFinder, _ rule: Rule, cascade: URL?) throws {
    (self.finder, self.rule) = (finder, rule)
    self.cascade = try cascade.map { try Cascade(contentsOf: $0) }
  }

  /// The evidence for one orientation of a face.
  private struct Evidence {
    /// The detector's mean score over the sizes; 0 for a size at which it does not find the face.
    var score = 0.0
    /// The number of the cascade's windows; 0 without a cascade.
    var windows = 0
    /// The face as it was detected in this orientation, in the image's pixels; nil if it was not.
    var face: DetectedFace?

    var sum: Double { OrientationCheck.scoreWeight * score + log1p(Double(windows)) }
  }

  /// `face` as it was found, or as it was detected in another orientation if that has more evidence and at
  /// least the same mean score.
  ///
  /// - Returns: The face; nil if it is doubtful and the rule rejects such faces.
  func corrected(_ face: DetectedFace, in image: ImageBuffer) throws -> DetectedFace? {
    guard face.score < rule.sureScore, max(face.box.width, face.box.height) >= 8 else { return face }
    guard let found = try evidence(for: face, rotatedBy: 0, in: image, endsWhenClear: true), !isClear(found)
    else { return face }
    var best = (sum: found.sum + Self.minLead, face: DetectedFace?.none)
    for degrees in [180.0, 90, 270] {
      guard
        let other = try evidence(for: face, rotatedBy: degrees, in: image, minScore: found.score),
        other.sum > best.sum, other.face != nil
      else { continue }
      best = (other.sum, other.face)
    }
    return best.face ?? (isDoubtful(found) ? nil : face)
  }

  /// Whether no other orientation needs to be examined.
  private func isClear(_ found: Evidence) -> Bool {
    cascade == nil
      // Even with the score 1, another orientation would not have the minimum lead.
      ? Self.scoreWeight * (1 - found.score) <= Self.minLead
      : found.score >= rule.clear.score && found.windows >= rule.clear.windows
  }

  /// Whether a face without a better orientation is rejected.
  private func isDoubtful(_ found: Evidence) -> Bool {
    rule.rejectsDoubtful && cascade != nil && found.score < Self.doubtfulScore
      && found.windows < Self.doubtfulWindows
  }

  /// The evidence that `face` is upright after the image is rotated about it by `degrees`.
  ///
  /// - Parameters:
  ///   - face: The face as it was found.
  ///   - degrees: The rotation that is examined.
  ///   - image: The image.
  ///   - minScore: The minimum mean score. Often one size shows that it is not reached, which saves time.
  ///   - endsWhenClear: Whether the evidence of the first size alone is returned if it is clear. On the test data, all such
  ///     faces are upright.
  /// - Returns: Nil if the mean score is below `minScore`.
  /// - Throws: `VisionError`.
  private func evidence(
    for face: DetectedFace, rotatedBy degrees: Double, in image: ImageBuffer, minScore: Double = 0,
    endsWhenClear: Bool = false
  ) throws -> Evidence? {
    var evidence = Evidence()
    let roll = (face.eyeRoll ?? 0) - degrees
    for (index, side) in rule.sides.enumerated() {
      // A face has at most the score 1; the tolerance is for rounding errors.
      let highest = evidence.score + Double(rule.sides.count - index) / Double(rule.sides.count)
      if highest < minScore - 1e-9 { return nil }
      let canvas = (2 * Int(side) + 63) / 64 * 64
      let (seen, map) = try view(of: face, roll: roll, side: side, canvas: canvas, in: image)
      guard let back = map.inverse else { continue }
      let middle = Double(canvas - 1) / 2
      let again = try finder.find(in: seen).filter {
        // The box of an upside-down face is off the face's center.
        abs($0.box.center.x - middle) < 0.5 * side && abs($0.box.center.y - middle) < 0.5 * side
          && abs($0.eyeRoll ?? 0) < 50
      }
      guard let best = again.max(by: { $0.score < $1.score }) else { continue }
      evidence.score += best.score / Double(rule.sides.count)
      if best.score > evidence.face?.score ?? 0 { evidence.face = best.mapped(by: back) }
      if endsWhenClear, index == 0, cascade != nil, best.score >= rule.clear.score {
        let first = Evidence(
          score: best.score, windows: try windows(of: evidence.face ?? face, roll: roll, in: image),
          face: evidence.face)
        if isClear(first) { return first }
      }
    }
    guard evidence.score >= minScore else { return nil }
    // If the detector finds the face in this orientation, its box is in the right place.
    evidence.windows = try windows(of: evidence.face ?? face, roll: roll, in: image)
    return evidence
  }

  /// The number of the cascade's windows on the face after the image is rotated by `-roll`; 0 without a cascade.
  private func windows(of face: DetectedFace, roll: Double, in image: ImageBuffer) throws -> Int {
    guard let cascade else { return 0 }
    let gray = try view(of: face, roll: roll, side: 64, canvas: 128, in: image).0.converted(to: .gray)
    var search = Cascade.Search(scaleFactor: 1.05, minNeighbors: 0, minSide: 40, equalize: true)
    search.sides.max = 120
    return try cascade.detect(in: gray, search).count
  }

  /// A square copy in which the face has a size of `side` pixels and is rotated by `-roll`, and the map to it.
  private func view(
    of face: DetectedFace, roll: Double, side: Double, canvas: Int, in image: ImageBuffer
  ) throws -> (ImageBuffer, AffineMap) {
    let middle = Double(canvas - 1) / 2
    let scale = side / max(face.box.width, face.box.height)
    let map = AffineMap.translation(x: -face.box.center.x, y: -face.box.center.y)
      .then(.rotation(degrees: -roll)).then(.scaling(scale)).then(.translation(x: middle, y: middle))
    return (
      try image.warped(
        by: map, to: PixelSize(width: canvas, height: canvas), border: .edge,
        interpolation: scale < 1 ? .area : .linear), map
    )
  }
}
