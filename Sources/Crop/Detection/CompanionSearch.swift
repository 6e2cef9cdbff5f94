internal import Foundation
internal import Imaging
internal import Vision

/// Searches with a second detector for faces that the first one missed, and verifies each.
///
/// The LBP cascade finds more anime faces than animeface, but also more false ones. A face that only the
/// cascade found is accepted if animeface finds it in an enlarged copy, or if very many of the cascade's
/// windows overlap it.
final class CompanionSearch {
  private let companion: any FaceFinder
  /// The first detector, with a lower threshold.
  private let verifier: any FaceFinder

  /// The longer side of the copy that is searched.
  private static let side = 1280
  /// If a known face fills at least this share of the image, there is no room for others.
  private static let fullShare = 0.4
  /// The sizes of the face, in pixels, in the copies in which the first detector searches for it again.
  private static let sides = [56.0, 80, 112]
  /// A face is accepted if its mean score over the copies is at least this.
  private static let minScore = 0.6
  /// The companion's score at which a face is accepted without the first detector.
  private static let sureScore = 0.99

  /// A search by `companion`, verified by `verifier`.
  init(_ companion: any FaceFinder, verifiedBy verifier: any FaceFinder) {
    (self.companion, self.verifier) = (companion, verifier)
  }

  /// The faces of `image` that are not among `known`.
  func faces(in image: ImageBuffer, besides known: [DetectedFace]) throws -> [DetectedFace] {
    let longer = Double(max(image.width, image.height))
    if known.contains(where: { max($0.box.width, $0.box.height) >= Self.fullShare * longer }) { return [] }
    let size = image.size.fitted(in: Self.side)
    let back = image.size.map(from: size)
    let hits = try companion.find(in: image.resized(to: size)).map { $0.mapped(by: back) }
    let missed = hits.filter { hit in
      !known.contains { $0.box.intersectionOverUnion(hit.box) > 0.1 }
    }
    return try withoutOverlaps(missed).compactMap { try verified($0, in: image) }
  }

  /// The face as the first detector sees it in an enlarged copy; nil if it does not.
  private func verified(_ face: DetectedFace, in image: ImageBuffer) throws -> DetectedFace? {
    var (sum, best): (Double, DetectedFace?) = (0, nil)
    for side in Self.sides {
      let canvas = 2 * Int(side)
      let middle = Double(canvas - 1) / 2
      let map = AffineMap.translation(x: -face.box.center.x, y: -face.box.center.y)
        .then(.scaling(side / max(face.box.width, face.box.height)))
        .then(.translation(x: middle, y: middle))
      guard let back = map.inverse else { return nil }
      let view = try image.warped(
        by: map, to: PixelSize(width: canvas, height: canvas), border: .edge, interpolation: .area)
      let again = try verifier.find(in: view).filter {
        abs($0.box.center.x - middle) < 0.35 * side && abs($0.box.center.y - middle) < 0.35 * side
      }
      guard let found = again.max(by: { $0.score < $1.score }) else { continue }
      sum += found.score
      if found.score > best?.score ?? 0 { best = found.mapped(by: back) }
    }
    if sum >= Self.minScore * Double(Self.sides.count) { return best }
    return face.score >= Self.sureScore ? face : nil
  }
}
