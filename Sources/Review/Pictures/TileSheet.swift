import Foundation
import Imaging

/// One image with the tiles of many samples, row by row.
struct TileSheet: Sendable {
  /// The side of a tile in pixels; a multiple of 16, so that JPEG does not mix the colors of neighbours.
  static let side = 32
  /// The number of bytes of a tile.
  static let bytes = side * side * 3
  /// The number of tiles in a row.
  static let columns = 16
  /// The maximum number of tiles.
  static let limit = 128

  /// A JPEG file.
  let image: Data
  /// Whether each tile is there, in order; the place of a missing one is white.
  let isPresent: [Bool]

  /// - Throws: `ImagingError`.
  init(_ tiles: [Tile?]) throws(ImagingError) {
    let (side, columns) = (Self.side, Self.columns)
    let rows = max(1, (tiles.count + columns - 1) / columns)
    let stride = columns * side * 3
    var bytes = [UInt8](repeating: 255, count: rows * side * stride)
    for (number, tile) in tiles.enumerated() {
      guard let tile, tile.pixels.count == Self.bytes else { continue }
      let start = number / columns * side * stride + number % columns * side * 3
      for y in 0..<side {
        let from = y * side * 3
        bytes.replaceSubrange(
          start + y * stride..<start + y * stride + side * 3, with: tile.pixels[from..<from + side * 3])
      }
    }
    let sheet = ImageBuffer(width: columns * side, height: rows * side, format: .rgb, bytes: bytes)
    image = Data(try sheet.jpeg(quality: 80))
    isPresent = tiles.map { $0?.pixels.count == Self.bytes }
  }

  /// The pixels of a tile: the image on white, reduced to fit into the tile and centred.
  static func pixels(of image: ImageBuffer) -> [UInt8] {
    let small = image.composited(on: [255, 255, 255])
    let fitted = small.resized(to: small.size.fitted(in: side))
    guard fitted.width != side || fitted.height != side else { return fitted.bytes }
    var bytes = [UInt8](repeating: 255, count: Self.bytes)
    let (left, top) = ((side - fitted.width) / 2, (side - fitted.height) / 2)
    for y in 0..<fitted.height {
      let (from, to) = (y * fitted.width * 3, ((top + y) * side + left) * 3)
      bytes.replaceSubrange(to..<to + fitted.width * 3, with: fitted.bytes[from..<from + fitted.width * 3])
    }
    return bytes
  }
}
