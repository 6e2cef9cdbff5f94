internal import Foundation
internal import Imaging
internal import Vision

/// The Viola-Jones detector of Debian's package opencv-data for upright photographed faces, with eyes if
/// their cascade finds a plausible pair.
struct HaarFinder: FaceFinder {
  let name = "haar"
  private let faces: Cascade
  private let eyes: Cascade?

  /// The search for faces.
  ///
  /// With fewer neighbors than these, most detections are false (two of three in animal portraits).
  static let search = Cascade.Search(scaleFactor: 1.05, minNeighbors: 10, minSide: 30, equalize: true)

  init(faces: URL, eyes: URL?) throws {
    self.faces = try Cascade(contentsOf: faces)
    self.eyes = try eyes.map { try Cascade(contentsOf: $0) }
  }

  func find(in image: ImageBuffer) throws -> [DetectedFace] {
    let gray = image.converted(to: .gray)
    return try faces.detect(in: gray, Self.search).map { hit -> DetectedFace in
      let found = try eyes.flatMap { try pair(of: $0, in: gray, hit.box) }
      return DetectedFace(
        detector: name, score: hit.probability(Self.search), box: hit.box,
        extent: hit.box.part(left: 0.119, top: 0.242, width: 0.776, height: 0.846),
        landmarks: found.map { DetectedFace.Landmarks(leftEye: $0.0, rightEye: $0.1) },
        roll: found.map { AffineMap.angle(from: $0.0, to: $0.1) })
    }
  }

  /// The most certain pair of eyes in a face: one in each half, at a plausible distance, at about the same
  /// height.
  private func pair(of eyes: Cascade, in gray: ImageBuffer, _ face: Box) throws -> (Point, Point)? {
    // The part from brows to nose, enlarged so that the eye cascade, which has 20 x 20 pixels, sees details.
    let size = PixelSize(width: 220, height: 143)
    let scale = 220 / face.width
    let map = AffineMap.translation(x: 0.5 - face.x, y: 0.5 - face.y - 0.08 * face.height)
      .then(.scaling(scale)).then(.translation(x: -0.5, y: -0.5))
    guard let back = map.inverse else { return nil }
    let part = try gray.warped(by: map, to: size, border: .edge)
    var search = Cascade.Search(scaleFactor: 1.05, minNeighbors: 1, minSide: 36)
    search.sides.max = 110
    let hits = try eyes.detect(in: part, search)
    var best: (score: Double, left: Point, right: Point)?
    for left in hits where left.box.center.x < 106 {
      for right in hits where right.box.center.x > 114 {
        let (from, to) = (left.box.center, right.box.center)
        guard (66...143).contains(to.x - from.x), abs(to.y - from.y) < 0.35 * (to.x - from.x),
          // A pair off the face's middle is one eye and something else. No rotation is better than a wrong
          // one.
          abs((from.x + to.x) / 2 - 110) < 24
        else { continue }
        let score = min(left.score, right.score)
        if score > best?.score ?? 0 { best = (score, back(from), back(to)) }
      }
    }
    return best.map { ($0.left, $0.right) }
  }
}

/// nagadomi's lbpcascade_animeface, for upright, frontal anime faces; it returns no landmarks.
struct AnimeCascadeFinder: FaceFinder {
  let name = "lbp-anime"
  private let cascade: Cascade

  /// Finds 99 % of selfie2anime's anime faces; the settings of its README (1.1 and 5) find 94 %.
  static let search = Cascade.Search(scaleFactor: 1.05, minNeighbors: 3, minSide: 24, equalize: true)

  init(cascade: URL) throws { self.cascade = try Cascade(contentsOf: cascade) }

  func find(in image: ImageBuffer) throws -> [DetectedFace] {
    try cascade.detect(in: image.converted(to: .gray), Self.search).map { hit in
      DetectedFace(
        detector: name, score: max(0, hit.animeProbability(Self.search)), box: hit.box,
        extent: hit.box.part(left: 0.121, top: 0.308, width: 0.761, height: 0.515))
    }
  }
}

extension Cascade.Hit {
  /// The number of merged windows as a score: 0.5 for the minimum that the search accepts, 0.75 for three
  /// times as many.
  fileprivate func probability(_ search: Cascade.Search) -> Double {
    score / (score + Double(max(1, search.minNeighbors)))
  }

  /// The same for the anime cascade, on animeface's scale, where few true faces are below 0.9: 0.5 for the
  /// minimum number of windows, 0.9 for 5, 0.99 for 10.
  fileprivate func animeProbability(_ search: Cascade.Search) -> Double {
    1 - 0.5 * pow(Double(max(1, search.minNeighbors)) / max(score, 1), 3.2)
  }
}
