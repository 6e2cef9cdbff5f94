import Foundation

/// A color in CIELAB (CIE 1976, D65).
struct LabColor {
  let lightness: Float
  let a: Float
  let b: Float

  init(lightness: Float, a: Float, b: Float) { (self.lightness, self.a, self.b) = (lightness, a, b) }

  /// The color of sRGB values.
  init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    let (r, g, b) = (Self.linear[Int(red)], Self.linear[Int(green)], Self.linear[Int(blue)])
    let x = Self.root((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505)
    let y = Self.root(0.2126 * r + 0.7152 * g + 0.0722 * b)
    let z = Self.root((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
    self.init(lightness: 116 * y - 16, a: 500 * (x - y), b: 200 * (y - z))
  }

  /// The median of each component; black for no colors.
  init(medianOf colors: [LabColor]) {
    func median(_ values: [Float]) -> Float { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
    self.init(
      lightness: median(colors.map(\.lightness)), a: median(colors.map(\.a)), b: median(colors.map(\.b)))
  }

  /// The distance, in which differences of lightness have the given weight.
  func distance(to other: LabColor, lightness weight: Float) -> Float {
    let (l, a, b) = ((lightness - other.lightness) * weight, a - other.a, b - other.b)
    return (l * l + a * a + b * b).squareRoot()
  }

  private static let linear: [Float] = (0...255).map { value in
    let share = Double(value) / 255
    return Float(share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4))
  }

  private static func root(_ value: Float) -> Float {
    value > 0.008856 ? cbrt(value) : 7.787 * value + 16 / 116
  }
}
