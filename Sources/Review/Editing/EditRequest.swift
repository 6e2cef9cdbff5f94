import Dataset
import Foundation
import Imaging

/// What the page posts to change one sample.
struct EditRequest: Decodable {
  /// The kinds of change that come as JSON; strokes come as a picture.
  enum Kind: String, Decodable { case frame, method, copied }

  /// The version that the person saw.
  let version: Int
  let kind: Kind
  /// Source pixels to crop pixels; nil for the frame that the rules give.
  let matrix: AffineMap?
  /// A whole frame as `edits.frame` of the sample gave it, face included, to restore it; instead of `matrix`.
  let chosen: UserCrop?
  /// The number of the chosen face among those that were found.
  let face: Int?
  /// The mask's method; nil for the one in the settings.
  let method: MaskSettings.Method?
  /// The sample whose correction is copied; nil to remove what was copied.
  let from: String?

  /// What is wrong with a frame, as a sentence; nil if nothing is.
  ///
  /// - Parameters:
  ///   - map: Source pixels to the pixels of the crop.
  ///   - side: The crop's side in pixels.
  ///   - size: The image's size in pixels.
  ///   - face: The face's box in source pixels; nil if no face is known.
  /// - Returns: The sentence.
  static func problem(with map: AffineMap, side: Int, size: PixelSize, face: Box?) -> String? {
    let numbers = [map.a, map.b, map.c, map.d, map.e, map.f]
    guard numbers.allSatisfy({ $0.isFinite && abs($0) < 1e7 }), map.scale > 0, let back = map.inverse else {
      return "the frame's matrix has six finite numbers and can be inverted"
    }
    // Turned, moved and scaled, but neither sheared nor mirrored.
    guard abs(map.a - map.e) < 1e-6 * map.scale, abs(map.b + map.d) < 1e-6 * map.scale else {
      return "the frame is a square, upright or turned, not sheared or mirrored"
    }
    let (edge, longer) = (Double(side) / map.scale, Double(max(size.width, size.height)))
    guard edge >= 8, edge <= 8 * longer else {
      return "the frame is at least 8 pixels wide and at most 8 times as wide as the image"
    }
    let middle = back(Point(x: Double(side) / 2, y: Double(side) / 2))
    guard (0...Double(size.width)).contains(middle.x), (0...Double(size.height)).contains(middle.y) else {
      return "the middle of the frame must be inside the image"
    }
    guard let face else { return nil }
    let shown = map(face.center)
    guard (0..<Double(side)).contains(shown.x), (0..<Double(side)).contains(shown.y) else {
      return "the frame leaves the face outside; to crop another face, choose it under Other faces"
    }
    return nil
  }
}
