internal import Imaging
internal import Vision

/// A face detection model.
///
/// It finds upright faces in an RGB image, without resizing the image.
protocol FaceFinder {
  /// The detector's name.
  var name: String { get }
  /// If no face has at least this score, rotated copies of the image are searched too. 0: only if there is no
  /// face at all.
  var sureScore: Double { get }
  /// Whether its landmarks are accurate only in nearly upright faces.
  var landmarksNeedUprightFaces: Bool { get }
  /// The faces of `image`, in its pixels.
  func find(in image: ImageBuffer) throws -> [DetectedFace]
}

extension FaceFinder {
  var sureScore: Double { 0 }
  var landmarksNeedUprightFaces: Bool { false }
}

/// Searches an image at several sizes and, if it shows no certain upright face, rotated.
final class FaceSearch: FaceDetector {
  /// How an image is searched.
  struct Plan: Sendable {
    /// The longer sides, in pixels, of the reduced copies that are searched.
    ///
    /// An image smaller than the first is searched at its own size.
    var sides: [Int]
    /// An image is searched at its own size only if it is at least this many times larger than its largest
    /// reduced copy.
    var minStep = 1.0
    /// The shorter side, in pixels of the searched copy, from which the detector finds nearly every face.
    var minVisible: Double
    /// The shorter side of the smallest wanted face, in the image's own pixels.
    ///
    /// If such a face would be smaller than `minVisible` in the largest copy, a larger copy is searched too.
    /// So small faces in the background of a picture 4000 pixels wide are found.
    var minFace = 64.0
    /// The minimum score of a face whose size is less than `share` of the image's longer side; nil if all faces count alike.
    ///
    /// A cascade tests far more windows for small faces than for large ones, so more of its small faces are false.
    var smallFaces: (share: Double, minScore: Double)?
    /// The rotations of copies in degrees, in groups.
    ///
    /// The search ends after the first group that shows a face.
    var rotations: [[Double]]
    /// The maximum longer side, in pixels, of the copy that is rotated.
    var rotatedSide: Int
    /// The minimum score of a face in a rotated copy.
    ///
    /// It is higher than for upright faces, because each copy adds false detections.
    var minRotatedScore: Double
  }

  private let finder: any FaceFinder
  private let plan: Plan
  private let checks: Checks
  private let domainCheck: DomainCheck?

  /// What is done with the detected faces.
  struct Checks {
    /// Rejects detections that are not human or anime faces.
    var verifier: FaceVerifier?
    /// Finds faces that the detector missed.
    var companion: CompanionSearch?
    /// Corrects faces that are sideways or upside down.
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
    plan.minFace /= Double(box)
    // Transparent pixels may have any color; white shows a sprite's face best.
    let rgb = image.format == .rgba ? image.composited(on: [255, 255, 255]) : image.converted(to: .rgb)
    var found: [DetectedFace] = []
    for size in plan.sizes(of: rgb.size) {
      let level = rgb.resized(to: size)
      let back = rgb.size.map(from: size)
      found += try find(inTilesOf: level).map { $0.mapped(by: back) }
    }
    if let small = plan.smallFaces {
      let side = small.share * Double(max(rgb.width, rgb.height))
      found.removeAll { $0.size < side && $0.score < small.minScore }
    }
    found = try confirmed(found, in: rgb)
    // In a rotated image the companion, a cascade, often finds only false faces.
    let isUpright = found.contains { $0.score >= max(finder.sureScore, 0.01) }
    if let companion = checks.companion { found += try companion.faces(in: rgb, besides: found) }
    if !isUpright { found += try detectRotated(rgb) }
    var faces = withoutOverlaps(found)
    if let check = checks.orientation { faces = try faces.compactMap { try check.corrected($0, in: rgb) } }
    if finder.landmarksNeedUprightFaces { faces = try faces.map { try detectedUpright($0, in: rgb) } }
    guard let domainCheck else { return faces }
    return try (faces.isEmpty ? domainCheck.wrongDomainFaces(in: rgb) : faces).map { face in
      var face = face
      face.isWrongDomain = try faces.isEmpty || domainCheck.isWrongDomain(face, in: rgb)
      return face
    }
  }

  /// The faces of an image.
  ///
  /// A large image is searched in overlapping tiles, because a network's memory grows with its input: 800 MB for 12 megapixels.
  /// A face at an inner edge of a tile may be cut off, so it is ignored there. The overlap contains all of it, or it
  /// is large enough for the smaller copies.
  private func find(inTilesOf image: ImageBuffer) throws -> [DetectedFace] {
    let (columns, rows) = (Self.tiles(of: image.width), Self.tiles(of: image.height))
    guard columns.count > 1 || rows.count > 1 else { return try finder.find(in: image) }
    var found: [DetectedFace] = []
    for y in rows {
      for x in columns {
        let tile = image.cropped(x: x.lowerBound, y: y.lowerBound, width: x.count, height: y.count)
        let offset = AffineMap.translation(x: Double(x.lowerBound), y: Double(y.lowerBound))
        found += try finder.find(in: tile).map { $0.mapped(by: offset) }.filter { face in
          let box = face.box
          return (x.lowerBound == 0 || box.x > Double(x.lowerBound) + 1)
            && (y.lowerBound == 0 || box.y > Double(y.lowerBound) + 1)
            && (x.upperBound == image.width || box.x + box.width < Double(x.upperBound) - 1)
            && (y.upperBound == image.height || box.y + box.height < Double(y.upperBound) - 1)
        }
      }
    }
    return found
  }

  /// The maximum side of a tile and the minimum overlap of two tiles, in pixels.
  ///
  /// A face that is larger than the overlap is also found in a smaller copy.
  private static let (tileSide, tileOverlap) = (1536, 256)

  /// The ranges of `length` pixels that are searched: all of equal length, which spares preparing the network again.
  private static func tiles(of length: Int) -> [Range<Int>] {
    guard length > tileSide + tileOverlap else { return [0..<length] }
    let count = (length - tileOverlap + tileSide - tileOverlap - 1) / (tileSide - tileOverlap)
    return (0..<count).map { index in
      let start = index * (length - tileSide) / (count - 1)
      return start..<start + tileSide
    }
  }

  /// Detects the same face again in small copies, each rotated upright by the landmarks of the detection
  /// before.
  ///
  /// YuNet reports about half of a face's roll, so each repetition halves the remaining roll. The landmarks
  /// of an upright face are accurate.
  private func detectedUpright(_ face: DetectedFace, in image: ImageBuffer) throws -> DetectedFace {
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

  /// The faces without overlaps, animals and false detections.
  private func confirmed(_ faces: [DetectedFace], in image: ImageBuffer) throws -> [DetectedFace] {
    let faces = withoutOverlaps(faces)
    guard let verifier = checks.verifier else { return faces }
    return try faces.compactMap { try verifier.verified($0, in: image) }
  }

  /// Faces found in rotated copies, in the pixels of `image`.
  private func detectRotated(_ image: ImageBuffer) throws -> [DetectedFace] {
    let size = image.size.fitted(in: plan.rotatedSide)
    let small = image.resized(to: size)
    let back = image.size.map(from: size)
    for group in plan.rotations {
      var found: [DetectedFace] = []
      for degrees in group {
        let (map, canvas) = size.rotated(by: degrees)
        guard let unrotated = map.inverse else { continue }
        let copy = try small.warped(by: map, to: canvas, border: .edge)
        found += try finder.find(in: copy).filter { $0.score >= plan.minRotatedScore }
          .map { $0.mapped(by: unrotated.then(back)) }
          // The canvas has corners beyond the image, filled by its stretched edges.
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
    let largest = sides.max() ?? longer
    let needsOwnSize = Double(longer) >= minStep * Double(smaller.last ?? 0)
    var sizes = smaller.map { size.fitted(in: $0) } + (longer <= largest && needsOwnSize ? [size] : [])
    let finest = min(Double(longer) * minVisible / minFace, Self.largestCopy).rounded(.up)
    if longer > largest, finest >= 1.25 * Double(largest) { sizes.append(size.fitted(in: Int(finest))) }
    return sizes
  }

  /// The maximum longer side of a copy, because a network's memory grows with its input.
  private static var largestCopy: Double { 4096 }
}

/// Removes overlapping faces (non-maximum suppression): of each set the one with the highest score remains.
///
/// Two boxes overlap if their intersection over union is more than `maxOverlap`, or if more than three
/// quarters of the smaller are inside the larger. The result is sorted by descending score; faces with equal
/// scores have a fixed order.
func withoutOverlaps(_ faces: [DetectedFace], maxOverlap: Double = 0.35) -> [DetectedFace] {
  let sorted = faces.sorted {
    ($0.score, $0.box.area, -$0.box.x, -$0.box.y) > ($1.score, $1.box.area, -$1.box.x, -$1.box.y)
  }
  var kept: [DetectedFace] = []
  for face in sorted {
    let covered = kept.contains { other in
      let union = other.box.intersectionOverUnion(face.box)
      let shared = union * (other.box.area + face.box.area) / (1 + union)
      return union > maxOverlap || shared > 0.75 * min(other.box.area, face.box.area)
    }
    if !covered { kept.append(face) }
  }
  return kept
}

extension PixelSize {
  /// The map that rotates an image of this size clockwise about its center, and the size of the canvas that
  /// contains all of it.
  func rotated(by degrees: Double) -> (AffineMap, PixelSize) {
    let turn = AffineMap.rotation(degrees: degrees)
    let (w, h) = (Double(width), Double(height))
    let canvas = PixelSize(
      width: Int((abs(turn.a) * w + abs(turn.b) * h).rounded(.up)),
      height: Int((abs(turn.d) * w + abs(turn.e) * h).rounded(.up)))
    let map = AffineMap.translation(x: -(w - 1) / 2, y: -(h - 1) / 2).then(turn)
      .then(.translation(x: Double(canvas.width - 1) / 2, y: Double(canvas.height - 1) / 2))
    return (map, canvas)
  }

  /// Whether a point is on one of the pixels.
  func contains(_ point: Point) -> Bool {
    point.x >= -0.5 && point.y >= -0.5 && point.x < Double(width) - 0.5 && point.y < Double(height) - 0.5
  }
}
