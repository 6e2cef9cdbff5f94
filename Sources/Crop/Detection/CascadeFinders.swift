internal import Foundation
internal import Imaging
internal import Vision

/// The Viola-Jones detector of Debian's package opencv-data for upright photographed faces, with eyes where their cascade finds
/// a plausible pair.
struct HaarFinder: FaceFinder {
  let name = "haar"
  private let faces: Cascade
  private let eyes: Cascade?

  /// How faces are searched for: of what joins fewer windows, most is no face (two in three hits in animals' portraits).
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

  /// The surest two eyes of a face: one in each half, apart as eyes are, at about one height.
  private func pair(of eyes: Cascade, in gray: ImageBuffer, _ face: Box) throws -> (Point, Point)? {
    // Brows to nose, enlarged to a size at which the eyes' cascade, of 20 x 20 pixels, sees details.
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
        guard (66...143).contains(to.x - from.x), abs(to.y - from.y) < 0.5 * (to.x - from.x) else { continue }
        let score = min(left.score, right.score)
        if score > best?.score ?? 0 { best = (score, back(from), back(to)) }
      }
    }
    return best.map { ($0.left, $0.right) }
  }
}

/// nagadomi's lbpcascade_animeface, for upright drawn faces seen from the front; it tells no landmarks.
struct AnimeCascadeFinder: FaceFinder {
  let name = "lbp-anime"
  private let cascade: Cascade

  /// Finds 99 % of selfie2anime's anime faces; the settings of its README (1.1 and 5) find 94 %.
  static let search = Cascade.Search(scaleFactor: 1.05, minNeighbors: 3, minSide: 24, equalize: true)

  init(cascade: URL) throws { self.cascade = try Cascade(contentsOf: cascade) }

  func find(in image: ImageBuffer) throws -> [DetectedFace] {
    try cascade.detect(in: image.converted(to: .gray), Self.search).map { hit in
      DetectedFace(
        detector: name, score: hit.probability(Self.search), box: hit.box,
        extent: hit.box.part(left: 0.121, top: 0.308, width: 0.761, height: 0.515))
    }
  }
}

extension Cascade.Hit {
  /// The number of joined windows brought to 0 to 1: 0.5 with the least that the search lets pass, 0.75 with three times as
  /// many.
  fileprivate func probability(_ search: Cascade.Search) -> Double {
    score / (score + Double(max(1, search.minNeighbors)))
  }
}
