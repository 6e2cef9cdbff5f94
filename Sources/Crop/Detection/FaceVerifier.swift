internal import Foundation
internal import Imaging
internal import Vision

/// Rejects animal faces and other false detections with uncertain scores.
///
/// A real face is detected again at other scales and mirrored; this decides most cases. In small copies,
/// networks miss faces that are in profile, covered or badly lit. For those, the number of windows of
/// OpenCV's cascades on an upright copy decides: it is high for a human face or eyes, low for a cat. On the
/// test data, YuNet alone accepts 23 of 43 animal portraits, with verification 4; one of 500 selfies is lost.
final class FaceVerifier {
  /// When and how a detector's faces are verified.
  struct Rule: Sendable {
    /// Faces with at least this score need no verification.
    var sureScore: Double
    /// Faces that fill at least this share of the image's longer side need no verification either.
    var sureShare = Double.infinity
    /// The copies in which the face is detected again: its size there in pixels, and whether the copy is
    /// mirrored.
    var copies: [(side: Double, isMirrored: Bool)]
    /// The minimum mean score of the same face in the copies.
    var minScore: Double
    /// Whether the face's score becomes the mean score in the copies if that is higher.
    var raisesScore = false
  }

  private let finder: any FaceFinder
  private let rule: Rule
  private let faces: Cascade?
  private let eyes: Cascade?

  /// A verifier by the network itself and the cascades that are installed.
  init(_ finder: any FaceFinder, _ rule: Rule, faces: URL?, eyes: URL?) throws {
    (self.finder, self.rule) = (finder, rule)
    self.faces = try faces.map { try Cascade(contentsOf: $0) }
    self.eyes = try eyes.map { try Cascade(contentsOf: $0) }
  }

  /// The verified face with its score; nil if it is rejected.
  func verified(_ face: DetectedFace, in image: ImageBuffer) throws -> DetectedFace? {
    let share = max(face.box.width, face.box.height) / Double(max(image.width, image.height))
    if face.score >= rule.sureScore || share >= rule.sureShare { return face }
    let score = try scoreInCopies(face, in: image)
    if score >= rule.minScore {
      var face = face
      if rule.raisesScore { face.score = max(face.score, score) }
      return face
    }
    return try passesCascades(face, in: image) ? face : nil
  }

  /// The mean score of the face in the copies; 0 if it is not found in one of them.
  private func scoreInCopies(_ face: DetectedFace, in image: ImageBuffer) throws -> Double {
    var sum = 0.0
    for (side, isMirrored) in rule.copies {
      let canvas = (2 * Int(side) + 63) / 64 * 64
      let view = try image.warped(
        by: upright(face, scale: side / max(face.box.width, face.box.height), about: face.box.center, canvas)
          .then(isMirrored ? AffineMap(-1, 0, Double(canvas) - 1, 0, 1, 0) : .identity),
        to: PixelSize(width: canvas, height: canvas), border: .edge, interpolation: .area)
      let middle = Double(canvas - 1) / 2
      let again = try finder.find(in: view).filter {
        abs($0.box.center.x - middle) < 0.35 * side && abs($0.box.center.y - middle) < 0.35 * side
      }
      guard let best = again.map(\.score).max() else { return 0 }
      sum += best
    }
    return sum / Double(max(1, rule.copies.count))
  }

  /// Whether enough cascade windows overlap the face: 12 of the face cascade or 15 of the eye cascade.
  private func passesCascades(_ face: DetectedFace, in image: ImageBuffer) throws -> Bool {
    guard let eyes = face.landmarks, let mouth = face.mouthCenter else { return false }
    // The scale follows from the distances between the eyes and from eyes to mouth. In the usual template of
    // 112 pixels these are 35 and 41.
    let between = Point(x: (eyes.leftEye.x + eyes.rightEye.x) / 2, y: (eyes.leftEye.y + eyes.rightEye.y) / 2)
    let size = eyes.leftEye.distance(to: eyes.rightEye) + between.distance(to: mouth)
    guard size > 1 else { return false }
    let middle = Point(x: (between.x + mouth.x) / 2, y: (between.y + mouth.y) / 2)
    let view = try image.warped(
      by: upright(face, scale: 152 / size, about: middle, 256).then(.translation(x: 0, y: 32)),
      to: PixelSize(width: 256, height: 256), border: .edge, interpolation: .area
    ).converted(to: .gray)
    if let faces = self.faces {
      let small = view.resized(to: PixelSize(width: 128, height: 128))
      let search = Cascade.Search(scaleFactor: 1.05, minNeighbors: 0, minSide: 55, equalize: true)
      if try faces.detect(in: small, search).count >= 12 { return true }
    }
    guard let cascade = self.eyes else { return false }
    var search = Cascade.Search(scaleFactor: 1.05, minNeighbors: 0, minSide: 30, equalize: true)
    search.sides.max = 80
    let band = try view.warped(
      by: .translation(x: 0, y: -60), to: PixelSize(width: 256, height: 130), border: .edge)
    return try cascade.detect(in: band, search).count >= 15
  }

  /// The map that rotates `face` upright, scales it by `scale` and moves `place` to the center of a square
  /// canvas.
  private func upright(_ face: DetectedFace, scale: Double, about place: Point, _ canvas: Int) -> AffineMap {
    let middle = Double(canvas - 1) / 2
    return AffineMap.translation(x: -place.x, y: -place.y).then(.rotation(degrees: -(face.eyeRoll ?? 0)))
      .then(.scaling(scale)).then(.translation(x: middle, y: middle))
  }
}
