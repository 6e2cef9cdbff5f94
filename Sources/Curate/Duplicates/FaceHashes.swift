import Dataset
import Foundation
import Imaging

/// The hashes of one face in several views.
///
/// A cropped copy matches a view that shows more or less, away from the center.
struct FaceHashes: Sendable, Hashable {
  /// The part of an image that a hash describes.
  struct View: Sendable, Hashable {
    /// The scale of the shown part relative to the usual view; above 1, more is shown.
    var zoom = 1.0
    /// The distance from the center, in pixels of the usual thumbnail.
    var x = 0.0
    var y = 0.0
  }

  /// The usual view, then the views that match copies cropped by up to an eighth, and by a fifth.
  ///
  /// A hash tolerates a shift of 2 pixels along both axes and a scale of 5 %, so the views are 4 pixels apart.
  static let views: [View] =
    [View()] + [-4.0, 0, 4].flatMap { y in [-4.0, 0, 4].map { View(zoom: 1.12, x: $0, y: y) } }
    + [View(zoom: 1.25)]
  /// One hash for each view.
  let all: [LumaHash]

  /// The hash of the usual view.
  var own: LumaHash { all[0] }

  /// - Precondition: There is one hash for each view.
  init(all: [LumaHash]) { self.all = all }

  /// The hashes of a crop.
  init(crop: ImageBuffer, cut: Sample.Cut?, source: PixelSize?) {
    let luma = GrayThumbnail.luma(of: crop)
    all = Self.views.map {
      LumaHash(GrayThumbnail(luma: luma, cut: cut, source: source, view: $0).normalized)
    }
  }

  /// The hashes of an image that is its own source.
  init(of image: ImageBuffer) { self.init(crop: image, cut: nil, source: nil) }

  /// The smallest distance between the hashes of two images, and the placement of the second at that distance.
  func nearest(to other: FaceHashes) -> (distance: Int, placement: Placement) {
    var best = (distance: Int.max, placement: Placement.upright)
    for isTransposed in [false, true] {
      let turned = other.all.map { isTransposed ? $0.turned(.leftTop) : $0 }
      func compare(_ first: Int, _ second: Int) {
        let (distance, flipsX, flipsY) = all[first].distanceMirrored(turned[second])
        guard distance < best.distance else { return }
        let turn = Orientation(isTransposed: isTransposed, flipsX: flipsX, flipsY: flipsY)
        best = (distance, Placement(turn: turn, first: first, second: second))
      }
      for view in Self.views.indices { compare(0, view) }
      for view in Self.views.indices.dropFirst() { compare(view, 0) }
    }
    return best
  }
}

/// How a second image shows the content of a first one, estimated from their hashes.
struct Placement: Sendable, Hashable {
  /// The orientation of the second relative to the first.
  var turn = Orientation.topLeft
  /// The natural logarithm of the scale of the second, after it is rotated back, relative to the first.
  var scale: Float = 0
  /// The position of the first's center in the second, after it is rotated back, relative to the second's center, in
  /// thumbnail pixels.
  var x: Float = 0
  var y: Float = 0

  /// The placement of two images that show the same part.
  static let upright = Placement()

  private init() {}

  /// The placement at which a view of the first matches a view of the second; one of both is the usual view.
  ///
  /// - Parameters:
  ///   - turn: How the second is turned.
  ///   - first: The number of the first's view.
  ///   - second: The number of the second's view.
  init(turn: Orientation, first: Int, second: Int) {
    self.turn = turn
    let view = FaceHashes.views[max(first, second)]
    let (x, y, zoom) = (Float(view.x), Float(view.y), Float(view.zoom))
    if first > 0 {
      (scale, self.x, self.y) = (-log(zoom), -x / zoom, -y / zoom)
    } else {
      let (isTransposed, flipsX, flipsY) = turn.steps
      let (across, down) = isTransposed ? (y, x) : (x, y)
      (scale, self.x, self.y) = (log(zoom), flipsX ? -across : across, flipsY ? -down : down)
    }
  }
}
