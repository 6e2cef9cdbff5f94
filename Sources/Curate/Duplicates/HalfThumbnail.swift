import Foundation
import Imaging

/// A thumbnail at half size with light normalised, which aligns two images and rules out most pairs.
///
/// The ledger keeps it as 1 KiB, so that only likely copies are read again as images. Values are rounded
/// to those of the ledger from the start, so that results do not depend on whether they were read from it.
struct HalfThumbnail: Sendable, Hashable {
  /// The side in pixels.
  static let side = GrayThumbnail.side / 2
  /// The factor between normalised values and `values`.
  static let scale: Float = 40
  /// The level of an unknown pixel.
  private static let unknown = Int8.min

  /// The normalised values in steps of 1/20, row by row.
  private let levels: [Int8]

  /// The normalised values, multiplied by `scale`; not-a-number if unknown.
  var values: [Float] { levels.map { $0 == Self.unknown ? .nan : Float($0) * (Self.scale / 20) } }

  /// The bytes in the ledger.
  var bytes: Data { Data(levels.map { UInt8(bitPattern: $0) }) }

  /// The thumbnail with these bytes; nil if they are too few or too many.
  init?(_ bytes: Data) {
    guard bytes.count == Self.side * Self.side else { return nil }
    levels = bytes.map { Int8(bitPattern: $0) }
  }

  /// Halves a thumbnail's normalised values.
  init(_ normal: [Float], isKnown: [Bool]) {
    let (whole, half) = (GrayThumbnail.side, Self.side)
    levels = (0..<half * half).map { index in
      let at = index / half * 2 * whole + index % half * 2
      guard isKnown[at], isKnown[at + 1], isKnown[at + whole], isKnown[at + whole + 1] else {
        return Self.unknown
      }
      let sum = normal[at] + normal[at + 1] + normal[at + whole] + normal[at + whole + 1]
      return Int8(max(-127, min(127, (sum * 5).rounded())))
    }
  }

  private init(levels: [Int8]) { self.levels = levels }

  /// The thumbnail of the same picture, turned or mirrored.
  func turned(_ turn: Orientation) -> HalfThumbnail {
    turn == .topLeft ? self : HalfThumbnail(levels: turn.order(side: Self.side).map { levels[$0] })
  }
}

extension Orientation {
  /// The position of each pixel of the turned square in the square.
  func order(side: Int) -> [Int] {
    let (isTransposed, flipsX, flipsY) = steps
    return (0..<side * side).map { index in
      let (row, column) = (index / side, index % side)
      let (y, x) = (flipsY ? side - 1 - row : row, flipsX ? side - 1 - column : column)
      return isTransposed ? x * side + y : y * side + x
    }
  }
}
