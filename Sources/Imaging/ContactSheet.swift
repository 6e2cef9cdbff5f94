/// A grid of images in one RGB image, from left to right and from top to bottom.
public struct ContactSheet: Sendable {
  /// The number of images in a row, at least 1.
  public var columns: Int
  /// The distance in pixels between images and at the borders.
  public var gap: Int
  /// Red, green and blue behind the images, and behind their transparent parts.
  public var background: [UInt8]

  /// A sheet of `columns` images a row.
  public init(columns: Int, gap: Int = 0, background: [UInt8] = [255, 255, 255]) {
    precondition(columns > 0 && gap >= 0 && background.count == 3, "a sheet has columns and a color")
    self.columns = columns
    self.gap = gap
    self.background = background
  }

  /// The sheet of `images`, each in the middle of a cell as large as the largest; nil for no images.
  public func compose(_ images: [ImageBuffer]) -> ImageBuffer? {
    guard let width = images.map(\.width).max(), let height = images.map(\.height).max() else { return nil }
    let across = min(columns, images.count)
    let down = (images.count + columns - 1) / columns
    var sheet = ImageBuffer(
      width: across * (width + gap) + gap, height: down * (height + gap) + gap, format: .rgb,
      filledWith: background)
    for (index, image) in images.enumerated() {
      let (row, column) = index.quotientAndRemainder(dividingBy: columns)
      sheet.paste(
        image.composited(on: background), x: gap + column * (width + gap) + (width - image.width) / 2,
        y: gap + row * (height + gap) + (height - image.height) / 2)
    }
    return sheet
  }
}
