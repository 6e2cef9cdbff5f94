extension PixelSize {
  /// The size with the same aspect whose longer side is at most `side` pixels, each side at least 1.
  public func fitted(in side: Int) -> PixelSize {
    let longer = max(width, height)
    return longer > side ? scaled(by: Double(side) / Double(longer)) : self
  }

  /// The size with the same aspect whose longer side is exactly `side` pixels, smaller or larger than this one.
  public func filling(_ side: Int) -> PixelSize {
    scaled(by: Double(side) / Double(max(width, height, 1)))
  }

  /// The size with the same aspect that is at most `height` pixels high, each side at least 1.
  public func fitted(inHeight height: Int) -> PixelSize {
    self.height > height ? scaled(by: Double(height) / Double(self.height)) : self
  }

  /// The size multiplied by `factor`, rounded, each side at least 1.
  public func scaled(by factor: Double) -> PixelSize {
    PixelSize(
      width: max(1, Int((Double(width) * factor).rounded())),
      height: max(1, Int((Double(height) * factor).rounded())))
  }

  /// The map from the pixels of a resized copy to this size's pixels; it maps pixel corners to pixel corners,
  /// not centers to centers.
  public func map(from copy: PixelSize) -> AffineMap {
    let (x, y) = (Double(width) / Double(copy.width), Double(height) / Double(copy.height))
    return AffineMap(x, 0, x / 2 - 0.5, 0, y, y / 2 - 0.5)
  }
}
