/// The four pixels around a position, and the weights with which bilinear interpolation mixes them.
///
/// A position beyond the edge has the value of the nearest edge pixel. It is inlined into loops over pixels, and not generic,
/// because generic code that is called from another module is not specialized. It is public, because the compiler inlines no
/// `package` functions into other modules.
public struct BilinearSample: Sendable {
  @usableFromInline let left: Int
  @usableFromInline let right: Int
  @usableFromInline let top: Int
  @usableFromInline let bottom: Int
  @usableFromInline let dx: Double
  @usableFromInline let dy: Double

  /// The sample at a position in pixels; whole numbers are pixel centers.
  ///
  /// - Precondition: `width` and `height` are at least 1.
  @inlinable @inline(__always) public init(x: Double, y: Double, width: Int, height: Int) {
    let px = min(max(x, 0), Double(width - 1))
    let py = min(max(y, 0), Double(height - 1))
    left = Int(px)
    top = Int(py)
    right = min(left + 1, width - 1)
    bottom = min(top + 1, height - 1)
    dx = px - Double(left)
    dy = py - Double(top)
  }

  /// The interpolated value; `value` returns the value of the pixel in a column and row.
  @inlinable @inline(__always) public func callAsFunction(_ value: (Int, Int) -> Double) -> Double {
    let (topLeft, bottomLeft) = (value(left, top), value(left, bottom))
    let upper = topLeft + (value(right, top) - topLeft) * dx
    let lower = bottomLeft + (value(right, bottom) - bottomLeft) * dx
    return upper + (lower - upper) * dy
  }
}
