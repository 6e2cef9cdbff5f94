import Foundation
public import Imaging

/// How a person wants a face to be cut, in place of what the framing makes of it.
public struct UserCrop: Sendable, Hashable, Codable {
  /// Source pixels (after EXIF orientation) to the pixels of a crop of `size`.
  public var matrix: AffineMap
  /// The side in pixels of the crop that `matrix` leads to.
  public var size: Int
  /// The face that they chose, its extent in pixels of this crop; nil where it is the one that the sample had.
  public var face: Sample.Face?

  /// A frame from all its fields.
  public init(matrix: AffineMap, size: Int, face: Sample.Face? = nil) {
    (self.matrix, self.size, self.face) = (matrix, size, face)
  }

  /// The map to a crop of `side` pixels that shows the same part of the source.
  public func map(toSide side: Int) -> AffineMap {
    guard side != size else { return matrix }
    let scale = Double(side) / Double(size)
    // Whole numbers are pixel centres, so the crop's edge lies half a pixel before the first.
    return matrix.then(.translation(x: 0.5, y: 0.5)).then(.scaling(scale)).then(
      .translation(x: -0.5, y: -0.5))
  }

  /// What the cut depends on, for the ledger.
  public var digest: String {
    let numbers = [matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f]
    return Digest(of: "frame \(size) \(numbers)").hex
  }
}
