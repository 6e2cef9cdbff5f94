public import Imaging

/// A rectangle of the screen in whole pixels.
public struct ScreenRect: Sendable, Hashable {
  /// The left column.
  public var x: Int
  /// The top row.
  public var y: Int
  /// The number of columns.
  public var width: Int
  /// The number of rows.
  public var height: Int

  /// A rectangle from its top left pixel and its size.
  public init(x: Int, y: Int, width: Int, height: Int) {
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
  }

  /// The square of `side` pixels around a pixel, shifted so that it is on the screen; smaller if the screen
  /// is smaller.
  public init(side: Int, around x: Int, _ y: Int, on screen: PixelSize) {
    let side = min(side, screen.width, screen.height)
    self.init(
      x: min(max(x - side / 2, 0), screen.width - side), y: min(max(y - side / 2, 0), screen.height - side),
      width: side, height: side)
  }

  /// The rectangle in the middle that has `share` of the width and of the height.
  func inner(_ share: Double) -> ScreenRect {
    let (w, h) = (Int((Double(width) * share).rounded()), Int((Double(height) * share).rounded()))
    return ScreenRect(x: x + (width - w) / 2, y: y + (height - h) / 2, width: w, height: h)
  }

  /// The four lines of `thickness` pixels that surround the rectangle and touch it from outside.
  func outline(_ thickness: Int) -> [ScreenRect] {
    let t = thickness
    return [
      ScreenRect(x: x - t, y: y - t, width: width + 2 * t, height: t),
      ScreenRect(x: x - t, y: y + height, width: width + 2 * t, height: t),
      ScreenRect(x: x - t, y: y, width: t, height: height),
      ScreenRect(x: x + width, y: y, width: t, height: height),
    ]
  }
}

extension ImageBuffer {
  /// The image with `lines`, in its pixels, filled from the pixels at both sides.
  func withoutLines(_ lines: [ScreenRect]) -> ImageBuffer {
    var image = self
    let clipped = lines.map { line in
      (
        columns: (max(line.x, 0)..<max(line.x, 0, min(line.x + line.width, width))),
        rows: (max(line.y, 0)..<max(line.y, 0, min(line.y + line.height, height))),
        isLevel: line.width > line.height
      )
    }
    var isLine = [Bool](repeating: false, count: width * height)
    for (columns, rows, _) in clipped {
      for y in rows { for x in columns { isLine[y * width + x] = true } }
    }
    for (columns, rows, isLevel) in clipped {
      for y in rows {
        for x in columns {
          // The nearest pixel to either side that is no line's; where lines cross or at the edge there may be none.
          let sides = [-1, 1].compactMap { way in
            (1...8).lazy.map { isLevel ? (x, y + way * $0) : (x + way * $0, y) }
              .first { $0 >= 0 && $1 >= 0 && $0 < width && $1 < height && !isLine[$1 * width + $0] }
          }
          guard !sides.isEmpty else { continue }
          for channel in 0..<channels {
            let sum = sides.reduce(0) { $0 + Int(bytes[($1.1 * width + $1.0) * channels + channel]) }
            image.bytes[(y * width + x) * channels + channel] = UInt8(sum / sides.count)
          }
        }
      }
    }
    return image
  }
}
