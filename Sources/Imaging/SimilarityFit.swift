extension AffineMap {
  /// The rotation, uniform scale and translation that map `points` to `targets` with the least squared error.
  ///
  /// It is Umeyama's closed form (1991) in two dimensions, without reflections. Two points are mapped
  /// exactly. It is nil if the points do not determine a map.
  ///
  /// - Parameters:
  ///   - points: At least two points, not all the same.
  ///   - targets: As many points, in the same order.
  public init?(similarityFrom points: [Point], to targets: [Point]) {
    guard points.count == targets.count, points.count >= 2 else { return nil }
    let (from, to) = (points.mean, targets.mean)
    var (along, across, spread) = (0.0, 0.0, 0.0)
    for (point, target) in zip(points, targets) {
      let (px, py, qx, qy) = (point.x - from.x, point.y - from.y, target.x - to.x, target.y - to.y)
      along += px * qx + py * qy
      across += px * qy - py * qx
      spread += px * px + py * py
    }
    guard spread > 0 else { return nil }
    let (a, d) = (along / spread, across / spread)
    guard a * a + d * d > 1e-12 else { return nil }
    self.init(a, -d, to.x - a * from.x + d * from.y, d, a, to.y - d * from.x - a * from.y)
  }
}

extension [Point] {
  /// The mean of the points.
  ///
  /// - Precondition: There is at least one.
  public var mean: Point {
    let sum = reduce(Point(x: 0, y: 0)) { Point(x: $0.x + $1.x, y: $0.y + $1.y) }
    return Point(x: sum.x / Double(count), y: sum.y / Double(count))
  }
}
