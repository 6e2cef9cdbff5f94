/// A part of an image in whole pixels.
public struct PixelRegion: Sendable, Hashable {
  /// The first column.
  public var x: Int
  /// The first row.
  public var y: Int
  /// Columns.
  public var width: Int
  /// Rows.
  public var height: Int

  /// A part from its top left pixel and its size.
  public init(x: Int, y: Int, width: Int, height: Int) {
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
  }

  /// The part of the stored image that contains this part of the upright image; nil if it is outside the
  /// image.
  ///
  /// It starts at multiples of 64, as decoders require.
  func stored(in header: ImageHeader) -> PixelRegion? {
    let size = header.storedSize
    let back = header.orientation.map(of: size).inverse ?? .identity
    let corners = [
      back(Point(x: Double(x), y: Double(y))),
      back(Point(x: Double(x + width - 1), y: Double(y + height - 1))),
    ]
    let columns = Self.range(corners.map(\.x), within: size.width)
    let rows = Self.range(corners.map(\.y), within: size.height)
    guard let columns, let rows else { return nil }
    return PixelRegion(x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
  }

  private static func range(_ ends: [Double], within side: Int) -> Range<Int>? {
    let first = max(0, Int(min(ends[0], ends[1]))) / 64 * 64
    let end = min(side, (Int(max(ends[0], ends[1])) / 64 + 1) * 64)
    return first < end ? first..<end : nil
  }
}
