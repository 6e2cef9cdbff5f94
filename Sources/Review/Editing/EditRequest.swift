import Dataset
import Foundation
import Imaging

/// The JSON body with which the page changes one sample.
struct EditRequest: Decodable {
  /// The kinds of changes in JSON; strokes are posted as a PNG file.
  enum Kind: String, Decodable { case frame, method, copied }

  /// The version that the user saw.
  let version: Int
  let kind: Kind
  /// The map from source pixels to crop pixels; nil for the automatic frame.
  let matrix: AffineMap?
  /// A complete frame from `edits.frame` of the sample, with its face, to restore; used instead of `matrix`.
  let chosen: UserCrop?
  /// The number of the chosen face among those that were found.
  let face: Int?
  /// The mask's method; nil for the one in the settings.
  let method: MaskSettings.Method?
  /// The sample whose correction is copied; nil to remove the copied strokes.
  let from: String?

  /// The reason why a frame is invalid, as a sentence; nil if it is valid.
  ///
  /// - Parameters:
  ///   - map: The map from source pixels to crop pixels.
  ///   - side: The crop's side in pixels.
  ///   - size: The image's size in pixels.
  ///   - face: The face's box in source pixels; nil if no face is known.
  /// - Returns: The sentence.
  static func problem(with map: AffineMap, side: Int, size: PixelSize, face: Box?) -> String? {
    let numbers = [map.a, map.b, map.c, map.d, map.e, map.f]
    guard numbers.allSatisfy({ $0.isFinite && abs($0) < 1e7 }), map.scale > 0, let back = map.inverse else {
      return "the frame's matrix must have six finite numbers and be invertible"
    }
    // Rotation, translation and scale are allowed, shear and reflection are not.
    guard abs(map.a - map.e) < 1e-6 * map.scale, abs(map.b + map.d) < 1e-6 * map.scale else {
      return "the frame must be a square, possibly rotated, but not sheared or mirrored"
    }
    let (edge, longer) = (Double(side) / map.scale, Double(max(size.width, size.height)))
    guard edge >= 8, edge <= 8 * longer else {
      return "the frame must be at least 8 pixels wide and at most 8 times as wide as the image"
    }
    let middle = back(Point(x: Double(side) / 2, y: Double(side) / 2))
    guard (0...Double(size.width)).contains(middle.x), (0...Double(size.height)).contains(middle.y) else {
      return "the middle of the frame must be inside the image"
    }
    guard let face else { return nil }
    let shown = map(face.center)
    guard (0..<Double(side)).contains(shown.x), (0..<Double(side)).contains(shown.y) else {
      return "the face is outside the frame; to crop another face, choose it under Other faces"
    }
    return nil
  }
}
