import Imaging

/// The picture that shows the progress of a mask training.
enum MaskSheet {
  /// Rows of groups of four: the composite with the face's place in red, the right alpha, the network's alpha, and the
  /// figure cut out with it on magenta.
  static func compose(
    _ rows: [[Composite]], side: Int, alpha: (MaskBatch) throws -> [Float]
  ) throws -> ImageBuffer? {
    var cells: [ImageBuffer] = []
    for row in rows where !row.isEmpty {
      let found = try alpha(MaskBatch(row, side: side))
      let area = side * side
      for (index, composite) in row.enumerated() {
        let own = Array(found[index * area..<(index + 1) * area])
        var marked = composite.image
        if let face = composite.face { mark(&marked, face) }
        let mask = gray(own, side)
        cells += [
          marked, gray(composite.alpha, side).converted(to: .rgb), mask.converted(to: .rgb),
          composite.image.withAlpha(mask).composited(on: [255, 0, 255]),
        ]
      }
    }
    return grid(cells, columns: 16)
  }

  /// Cells of one size in rows, two white pixels apart.
  private static func grid(_ cells: [ImageBuffer], columns: Int) -> ImageBuffer? {
    guard let size = cells.first?.size else { return nil }
    let rows = (cells.count + columns - 1) / columns
    var sheet = ImageBuffer(
      width: columns * (size.width + 2), height: rows * (size.height + 2), format: .rgb,
      filledWith: [255, 255, 255])
    for (index, cell) in cells.enumerated() {
      sheet.paste(cell, x: index % columns * (size.width + 2), y: index / columns * (size.height + 2))
    }
    return sheet
  }

  private static func gray(_ alpha: [Float], _ side: Int) -> ImageBuffer {
    ImageBuffer(
      width: side, height: side, format: .gray, bytes: alpha.map { UInt8(min(max($0, 0), 1) * 255) })
  }

  private static func mark(_ image: inout ImageBuffer, _ box: Box) {
    let (w, h) = (image.width, image.height)
    func clamped(_ value: Double, _ count: Int) -> Int { min(max(Int(value), 0), count - 1) }
    let (x0, x1) = (clamped(box.x, w), clamped(box.x + box.width, w))
    let (y0, y1) = (clamped(box.y, h), clamped(box.y + box.height, h))
    func paint(_ x: Int, _ y: Int) {
      image.bytes.replaceSubrange((y * w + x) * 3..<(y * w + x) * 3 + 3, with: [255, 0, 0])
    }
    for x in x0...x1 { for y in [y0, y1] { paint(x, y) } }
    for y in y0...y1 { for x in [x0, x1] { paint(x, y) } }
  }
}
