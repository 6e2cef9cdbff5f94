public import Imaging

#if canImport(Glibc)
  import Glibc
#endif

/// 64 bits that change little when a picture is resized, encoded again, cropped a little or captioned.
///
/// The picture is blended onto mid grey (128), made luma, and shrunk to 32 x 32 without regard to its aspect. The mean,
/// weighted by a Hann window (sin^2 along both axes), is subtracted, and the rest is multiplied by the window, so that borders
/// and captions count little. Each bit, the first one highest, says whether a coefficient is above the median. The coefficients
/// are the first 64 of the DCT-II in the order of i + j, then of row i, without the constant one. (The usual pHash takes an
/// 8 x 8 block of a 32 x 32 DCT without a window.)
public struct PerceptualHash: Sendable, Hashable, CustomStringConvertible {
  /// The 64 bits.
  public let bits: UInt64

  /// A hash from its bits.
  public init(bits: UInt64) { self.bits = bits }

  /// A hash from its 16 hexadecimal digits; nil for other text.
  public init?(_ text: String) {
    guard text.utf8.count == 16, let bits = UInt64(text, radix: 16) else { return nil }
    self.init(bits: bits)
  }

  /// The hash of `image`.
  public init(of image: ImageBuffer) { self.init(luma: Self.luma(of: image).bytes) }

  private static func luma(of image: ImageBuffer) -> ImageBuffer {
    let size = PixelSize(width: side, height: side)
    return image.composited(on: [128, 128, 128]).converted(to: .gray).resized(to: size)
  }

  private init(luma: [UInt8]) {
    let side = Self.side
    var (sum, weight) = (0.0, 0.0)
    for y in 0..<side {
      for x in 0..<side {
        let w = Self.window[y] * Self.window[x]
        sum += w * Double(luma[y * side + x])
        weight += w
      }
    }
    let mean = sum / weight
    // Rows first: only the few lowest frequencies are asked for.
    var rows = [Double](repeating: 0, count: side * Self.frequencies)
    for y in 0..<side {
      for v in 0..<Self.frequencies {
        var total = 0.0
        for x in 0..<side {
          total += (Double(luma[y * side + x]) - mean) * Self.window[x] * Self.cosines[v * side + x]
        }
        rows[y * Self.frequencies + v] = total * Self.window[y]
      }
    }
    let coefficients = Self.order.map { u, v in
      (0..<side).reduce(0.0) { $0 + rows[$1 * Self.frequencies + v] * Self.cosines[u * side + $1] }
    }
    let sorted = coefficients.sorted()
    let median = (sorted[31] + sorted[32]) / 2
    bits = coefficients.reduce(0) { $0 << 1 | ($1 > median ? 1 : 0) }
  }

  /// How many bits differ, 0 to 64.
  public func distance(to other: PerceptualHash) -> Int { (bits ^ other.bits).nonzeroBitCount }

  /// 16 hexadecimal digits.
  public var description: String {
    let digits = String(bits, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static let side = 32
  private static let frequencies = 12
  private static let window = (0..<side).map { index in
    let value = sin(Double.pi * (Double(index) + 0.5) / Double(side))
    return value * value
  }
  private static let cosines = (0..<frequencies).flatMap { frequency in
    (0..<side).map { cos(Double.pi * Double(frequency) * (Double($0) + 0.5) / Double(side)) }
  }
  private static let order: [(Int, Int)] = Array(
    (1..<frequencies).flatMap { sum in (0...sum).map { ($0, sum - $0) } }.prefix(64))
}
