import Foundation

/// A size in whole pixels.
public struct PixelSize: Sendable, Hashable, Codable {
  /// Width in pixels.
  public var width: Int
  /// Height in pixels.
  public var height: Int

  /// A size of `width` times `height` pixels.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// The number of pixels.
  public var area: Int { width * height }
}

/// A point in an image in pixels; (0, 0) is the center of the top left pixel, as in OpenCV.
public struct Point: Sendable, Hashable, Codable {
  /// Pixels from the left edge.
  public var x: Double
  /// Pixels from the top edge.
  public var y: Double

  /// The point with the coordinates `x` and `y`.
  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }

  /// Reads `[x, y]`.
  public init(from decoder: any Decoder) throws {
    var values = try decoder.unkeyedContainer()
    self.init(x: try values.decode(Double.self), y: try values.decode(Double.self))
  }

  /// Writes `[x, y]`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.unkeyedContainer()
    try values.encode(x)
    try values.encode(y)
  }

  /// The distance to `other` in pixels.
  public func distance(to other: Point) -> Double {
    let (dx, dy) = (x - other.x, y - other.y)
    return (dx * dx + dy * dy).squareRoot()
  }
}

/// An upright box in an image, in pixels.
public struct Box: Sendable, Hashable, Codable {
  /// The left edge.
  public var x: Double
  /// The top edge.
  public var y: Double
  /// The width.
  public var width: Double
  /// The height.
  public var height: Double

  /// A box from its top left corner and its size.
  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// Reads `[x, y, width, height]`.
  public init(from decoder: any Decoder) throws {
    var values = try decoder.unkeyedContainer()
    self.init(
      x: try values.decode(Double.self), y: try values.decode(Double.self),
      width: try values.decode(Double.self), height: try values.decode(Double.self))
  }

  /// Writes `[x, y, width, height]`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.unkeyedContainer()
    for value in [x, y, width, height] { try values.encode(value) }
  }

  /// The middle of the box.
  public var center: Point { Point(x: x + width / 2, y: y + height / 2) }

  /// The area in square pixels.
  public var area: Double { max(0, width) * max(0, height) }

  /// The area of the intersection with `other` divided by the area of the union, 0 to 1.
  public func intersectionOverUnion(_ other: Box) -> Double {
    let w = min(x + width, other.x + other.width) - max(x, other.x)
    let h = min(y + height, other.y + other.height) - max(y, other.y)
    guard w > 0, h > 0 else { return 0 }
    return w * h / (area + other.area - w * h)
  }
}

extension Box {
  /// The box around the mapped center; it stays upright, and its sides are multiplied by the map's scale.
  public func mapped(by map: AffineMap) -> Box {
    let middle = map(center)
    let (w, h) = (width * map.scale, height * map.scale)
    return Box(x: middle.x - w / 2, y: middle.y - h / 2, width: w, height: h)
  }
}

/// A map from one image's pixels to another's: x' = ax + by + c, y' = dx + ey + f.
///
/// It is encoded as `[a, b, c, d, e, f]`, like `crop.matrix` in the manifest. In both images whole numbers
/// are pixel centers, so the map can be passed to OpenCV's `warpAffine` unchanged.
public struct AffineMap: Sendable, Hashable, Codable {
  /// The factor of x in x'.
  public var a: Double
  /// The factor of y in x'.
  public var b: Double
  /// The constant part of x' in pixels.
  public var c: Double
  /// The factor of x in y'.
  public var d: Double
  /// The factor of y in y'.
  public var e: Double
  /// The constant part of y' in pixels.
  public var f: Double

  /// A map from its six numbers.
  public init(_ a: Double, _ b: Double, _ c: Double, _ d: Double, _ e: Double, _ f: Double) {
    (self.a, self.b, self.c, self.d, self.e, self.f) = (a, b, c, d, e, f)
  }

  /// The identity map.
  public static let identity = AffineMap(1, 0, 0, 0, 1, 0)

  /// Reads `[a, b, c, d, e, f]`.
  public init(from decoder: any Decoder) throws {
    var values = try decoder.unkeyedContainer()
    var numbers: [Double] = []
    while !values.isAtEnd { numbers.append(try values.decode(Double.self)) }
    guard numbers.count == 6 else {
      throw DecodingError.dataCorruptedError(
        in: values, debugDescription: "an affine map has 6 numbers, not \(numbers.count)")
    }
    self.init(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])
  }

  /// Writes `[a, b, c, d, e, f]`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.unkeyedContainer()
    for value in [a, b, c, d, e, f] { try values.encode(value) }
  }

  /// The image of `point`.
  public func callAsFunction(_ point: Point) -> Point {
    Point(x: a * point.x + b * point.y + c, y: d * point.x + e * point.y + f)
  }

  /// The map that applies this map first and then `next`.
  public func then(_ next: AffineMap) -> AffineMap {
    AffineMap(
      next.a * a + next.b * d, next.a * b + next.b * e, next.a * c + next.b * f + next.c,
      next.d * a + next.e * d, next.d * b + next.e * e, next.d * c + next.e * f + next.f)
  }

  /// The inverse map; nil if there is none.
  public var inverse: AffineMap? {
    let determinant = a * e - b * d
    guard abs(determinant) > 1e-12 else { return nil }
    let (ia, ib) = (e / determinant, -b / determinant)
    let (id, ie) = (-d / determinant, a / determinant)
    return AffineMap(ia, ib, -(ia * c + ib * f), id, ie, -(id * c + ie * f))
  }

  /// The factor for lengths: the square root of the factor for areas.
  public var scale: Double { abs(a * e - b * d).squareRoot() }

  /// A shift by `x` and `y` pixels.
  public static func translation(x: Double, y: Double) -> AffineMap {
    AffineMap(1, 0, x, 0, 1, y)
  }

  /// A scaling of both axes by `factor` about the origin.
  public static func scaling(_ factor: Double) -> AffineMap {
    AffineMap(factor, 0, 0, 0, factor, 0)
  }

  /// A rotation by `degrees` about the origin, clockwise in the image, because y points down.
  public static func rotation(degrees: Double) -> AffineMap {
    let angle = degrees * .pi / 180
    let (sine, cosine) = (sin(angle), cos(angle))
    return AffineMap(cosine, -sine, 0, sine, cosine, 0)
  }
}
