import Foundation
public import Imaging

/// A crop that a user placed, which replaces the framing's crop.
public struct UserCrop: Sendable, Hashable, Codable {
  /// Source pixels (after EXIF orientation) to the pixels of a crop of `size`.
  public var matrix: AffineMap
  /// The side in pixels of the crop that `matrix` maps to.
  public var size: Int
  /// The face that the user chose, with its extent in pixels of this crop; nil for the sample's own face.
  public var face: Sample.Face?

  /// A crop from all its fields.
  public init(matrix: AffineMap, size: Int, face: Sample.Face? = nil) {
    (self.matrix, self.size, self.face) = (matrix, size, face)
  }

  /// The map to a crop of `side` pixels that shows the same part of the source.
  public func map(toSide side: Int) -> AffineMap {
    guard side != size else { return matrix }
    let scale = Double(side) / Double(size)
    // Whole numbers are pixel centers, so the crop's edge is half a pixel before the first.
    return matrix.then(.translation(x: 0.5, y: 0.5)).then(.scaling(scale)).then(
      .translation(x: -0.5, y: -0.5))
  }

  /// The digest of size and matrix.
  public var digest: String {
    let numbers = [matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f]
    return Digest(of: "frame \(size) \(numbers)").hex
  }
}
