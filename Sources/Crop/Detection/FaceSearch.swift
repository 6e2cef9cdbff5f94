internal import Imaging
internal import Vision

/// What a detector's model does: finds upright faces in an RGB image at the size it has.
protocol FaceFinder {
  /// The detector's name.
  var name: String { get }
  /// Where no face is as sure as this, turned copies of the image are searched too; 0: only where there is no face at all.
  var sureScore: Double { get }
  /// Whether its landmarks are right only in nearly upright faces.
  var landmarksLagBehindRoll: Bool { get }
  func find(in image: ImageBuffer) throws -> [DetectedFace]
}

extension FaceFinder {
  var sureScore: Double { 0 }
  var landmarksLagBehindRoll: Bool { false }
}

/// Searches an image at several sizes, and, where no face surely stands upright, turned.
final class FaceSearch: FaceDetector {
  /// How an image is searched.
  struct Plan: Sendable {
    /// The longer sides at which the image is searched where it is larger; an image below the first is searched as it is.
    var sides: [Int]
    /// How much larger than its largest copy an image must be to be searched itself.
    var leastStep = 1.0
    /// The shorter side from which on the detector sees nearly every face, in the pixels of the copy it searches.
    var leastSeen: Double
    /// The shorter side of the smallest face that is asked for, in the image's own pixels.
    ///
    /// Where the largest copy would show it below `leastSeen`, a copy that shows it is searched too: a picture 4000 wide is
    /// no reason to miss the faces at the back.
    var leastFace = 64.0
    /// How far copies of the image are turned, in degrees, in groups; the first group that shows a face ends the search.
    var turns: [[Double]]
    /// The longer side from which turned copies are made, at most.
    var turnedSide: Int
    /// Faces found in a turned copy must be surer than the upright ones: each copy is a new chance to err.
    var turnedScore: Double
  }

  private let finder: any FaceFinder
  private let plan: Plan
  private let checks: Checks
  private let domainCheck: DomainCheck?

  /// What is done with the faces that a detector found.
  struct Checks {
    /// Rejects what is no person's face.
    var verifier: FaceVerifier?
    /// Finds faces that the detector missed.
    var companion: CompanionSearch?
    /// Corrects faces that lie sideways or stand on their heads.
    var orientation: OrientationCheck?
  }

  init(
    _ finder: any FaceFinder, _ plan: Plan, checks: Checks = Checks(), domainCheck: DomainCheck? = nil
  ) {
    (self.finder, self.plan) = (finder, plan)
    (self.checks, self.domainCheck) = (checks, domainCheck)
  }

  var name: String { finder.name }

  func detect(_ image: ImageBuffer) throws -> [DetectedFace] { try detect(image, reducedBy: 1) }

  func detect(_ image: ImageBuffer, reducedBy box: Int) throws -> [DetectedFace] {
    var plan = plan
    plan.leastFace /= Double(box)
    // A sprite's face stands out best on white, whatever its invisible pixels hold.
    let rgb = image.format == .rgba ? image.composited(on: [255, 255, 255]) : image.converted(to: .rgb)
    var found: [DetectedFace] = []
    for size in plan.sizes(of: rgb.size) {
      let level = rgb.resized(to: size)
      let back = rgb.size.map(from: size)
      found += try finder.find(in: level).map { $0.mapped(by: back) }
    }
    found = try confirmed(found, in: rgb)
    if let companion = checks.companion { found += try companion.faces(in: rgb, besides: found) }
    if !found.contains(where: { $0.score >= max(finder.sureScore, 0.01) }) { found += try detectTurned(rgb) }
    var faces = withoutOverlaps(found)
    if let check = checks.orientation { faces = try faces.map { try check.corrected($0, in: rgb) } }
    if finder.landmarksLagBehindRoll { faces = try faces.map { try seenUpright($0, in: rgb) } }
    guard let domainCheck else { return faces }
    return try (faces.isEmpty ? domainCheck.wrongDomainFaces(in: rgb) : faces).map { face in
      var face = face
      face.isWrongDomain = try faces.isEmpty || domainCheck.isForeign(face, in: rgb)
      return face
    }
  }

  /// The same face, looked at again in a small copy in which it stands as upright as its landmarks tell so far.
  ///
  /// YuNet tells about half of a face's roll, so each look halves what is left of it; the landmarks of an upright face are good.
  private func seenUpright(_ face: DetectedFace, in image: ImageBuffer) throws -> DetectedFace {
    let canvas = PixelSize(width: 192, height: 192)
    var face = face
    for _ in 0..<7 {
      let size = max(face.box.width, face.box.height)
      guard let roll = face.roll, abs(roll) > 4, size > 1 else { break }
      let map = AffineMap.translation(x: -face.box.center.x, y: -face.box.center.y)
        .then(.rotation(degrees: -roll)).then(.scaling(96 / size)).then(.translation(x: 95.5, y: 95.5))
      guard let back = map.inverse else { break }
      let seen = try finder.find(in: image.warped(by: map, to: canvas, border: .edge))
      let middle = Point(x: 95.5, y: 95.5)
      guard
        let next = seen.min(by: { $0.box.center.distance(to: middle) < $1.box.center.distance(to: middle) }),
        next.box.center.distance(to: middle) < 32
      else { break }
      face = next.mapped(by: back)
      if abs(next.roll ?? 0) < 1.5 { break }
    }
    return face
  }

  /// Those of the faces, each once, that are no animals' and no chance finds.
  private func confirmed(_ faces: [DetectedFace], in image: ImageBuffer) throws -> [DetectedFace] {
    let faces = withoutOverlaps(faces)
    guard let verifier = checks.verifier else { return faces }
    return try faces.compactMap { try verifier.verified($0, in: image) }
  }

  /// Faces of turned copies, in the pixels of `image`.
  private func detectTurned(_ image: ImageBuffer) throws -> [DetectedFace] {
    let size = image.size.fitted(in: plan.turnedSide)
    let small = image.resized(to: size)
    let back = image.size.map(from: size)
    for group in plan.turns {
      var found: [DetectedFace] = []
      for degrees in group {
        let (map, canvas) = size.turned(by: degrees)
        guard let unturned = map.inverse else { continue }
        let copy = try small.warped(by: map, to: canvas, border: .edge)
        found += try finder.find(in: copy).filter { $0.score >= plan.turnedScore }
          .map { $0.mapped(by: unturned.then(back)) }
          // The canvas has corners beyond the image, and stretched edges in them.
          .filter { image.size.contains($0.box.center) }
      }
      found = try confirmed(found, in: image)
      if !found.isEmpty { return found }
    }
    return []
  }
}

extension FaceSearch.Plan {
  /// The sizes at which an image of `size` is searched, smallest first.
  func sizes(of size: PixelSize) -> [PixelSize] {
    let longer = max(size.width, size.height)
    let smaller = sides.filter { $0 < longer }
    let last = sides.max() ?? longer
    let isFarFromCopies = Double(longer) >= leastStep * Double(smaller.last ?? 0)
    var sizes = smaller.map { size.fitted(in: $0) } + (longer <= last && isFarFromCopies ? [size] : [])
    let finest = min(Double(longer) * leastSeen / leastFace, Self.largestCopy).rounded(.up)
    if longer > last, finest >= 1.25 * Double(last) { sizes.append(size.fitted(in: Int(finest))) }
    return sizes
  }

  /// No copy's longer side is more: a network's memory grows with its input.
  private static var largestCopy: Double { 4096 }
}

/// The surest of faces that lie on each other, surest first; equally sure ones in a fixed order.
///
/// Two boxes lie on each other where they share more than `most` of both (intersection over union), or where most of the
/// smaller is inside the larger.
func withoutOverlaps(_ faces: [DetectedFace], most: Double = 0.35) -> [DetectedFace] {
  let sorted = faces.sorted {
    ($0.score, $0.box.area, -$0.box.x, -$0.box.y) > ($1.score, $1.box.area, -$1.box.x, -$1.box.y)
  }
  var kept: [DetectedFace] = []
  for face in sorted {
    let covered = kept.contains { other in
      let union = other.box.intersectionOverUnion(face.box)
      let shared = union * (other.box.area + face.box.area) / (1 + union)
      return union > most || shared > 0.75 * min(other.box.area, face.box.area)
    }
    if !covered { kept.append(face) }
  }
  return kept
}

extension PixelSize {
  /// The map that turns an image of this size clockwise about its middle, and the canvas that holds all of it.
  func turned(by degrees: Double) -> (AffineMap, PixelSize) {
    let turn = AffineMap.rotation(degrees: degrees)
    let (w, h) = (Double(width), Double(height))
    let canvas = PixelSize(
      width: Int((abs(turn.a) * w + abs(turn.b) * h).rounded(.up)),
      height: Int((abs(turn.d) * w + abs(turn.e) * h).rounded(.up)))
    let map = AffineMap.translation(x: -(w - 1) / 2, y: -(h - 1) / 2).then(turn)
      .then(.translation(x: Double(canvas.width - 1) / 2, y: Double(canvas.height - 1) / 2))
    return (map, canvas)
  }

  /// Whether a place lies on one of the pixels.
  func contains(_ point: Point) -> Bool {
    point.x >= -0.5 && point.y >= -0.5 && point.x < Double(width) - 0.5 && point.y < Double(height) - 0.5
  }
}
