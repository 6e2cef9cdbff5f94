#if canImport(Glibc)
  import Glibc
#endif

/// A hash of 119 bits of a picture, such as a face: the signs of its lowest frequencies, with light normalised.
///
/// Rotating by quarter turns and mirroring only exchange and invert bits, so one hash covers all eight orientations.
package struct LumaHash: Sendable, Hashable, CustomStringConvertible {
  /// The bits 0 to 63: the lowest frequencies.
  package let low: UInt64
  /// The other bits.
  package let high: UInt64

  /// The number of bits.
  package static let count = frequencies.count

  @inlinable package init(low: UInt64, high: UInt64) { (self.low, self.high) = (low, high) }

  /// A hash from its 32 hexadecimal digits; nil for other text.
  package init?(_ text: some StringProtocol) {
    guard text.utf8.count == 32, let low = UInt64(text.prefix(16), radix: 16),
      let high = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    self.init(low: low, high: high)
  }

  /// 32 hexadecimal digits.
  package var description: String {
    [low, high].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// The hash of a picture as `NormalizedLuma` gives it: 64 x 64 values, row by row.
  package init(_ normal: [Float]) {
    let (full, side) = (NormalizedLuma.side, NormalizedLuma.side / 2)
    var small = [Float](repeating: 0, count: side * side)
    for y in 0..<side {
      for x in 0..<side {
        let at = 2 * y * full + 2 * x
        small[y * side + x] =
          (normal[at] + normal[at + 1] + normal[at + full] + normal[at + full + 1]) * Self.window[y]
          * Self.window[x]
      }
    }
    let limit = Self.limit
    var rows = [Float](repeating: 0, count: side * (limit + 1))
    for y in 0..<side {
      for v in 0...limit {
        var sum: Float = 0
        for x in 0..<side { sum += small[y * side + x] * Self.cosines[v * side + x] }
        rows[y * (limit + 1) + v] = sum
      }
    }
    var words: [UInt64] = [0, 0]
    for (bit, (u, v)) in Self.frequencies.enumerated() {
      var sum: Float = 0
      for y in 0..<side { sum += rows[y * (limit + 1) + v] * Self.cosines[u * side + y] }
      if sum > 0 { words[bit / 64] |= 1 << UInt64(bit % 64) }
    }
    (low, high) = (words[0], words[1])
  }

  /// The hash of a whole picture, squeezed into a square.
  package init(of picture: ImageBuffer) {
    let size = PixelSize(width: NormalizedLuma.side, height: NormalizedLuma.side)
    let luma = picture.composited(on: [128, 128, 128]).converted(to: .gray).resized(to: size)
    self.init(NormalizedLuma.values(luma.bytes.map(Float.init)))
  }

  /// The hash of the picture after it was turned or mirrored.
  package func turned(_ turn: Orientation) -> LumaHash {
    let (isTransposed, flipsX, flipsY) = turn.steps
    guard isTransposed || flipsX || flipsY else { return self }
    var words: [UInt64] = [0, 0]
    for (bit, (u, v)) in Self.frequencies.enumerated() {
      let from = isTransposed ? Self.transposed[bit] : bit
      var isSet = ((from < 64 ? low >> UInt64(from) : high >> UInt64(from - 64)) & 1) == 1
      if flipsX, v % 2 == 1 { isSet.toggle() }
      if flipsY, u % 2 == 1 { isSet.toggle() }
      if isSet { words[bit / 64] |= 1 << UInt64(bit % 64) }
    }
    return LumaHash(low: words[0], high: words[1])
  }

  /// The hash of the picture after it was mirrored along the given axes.
  package func mirrored(_ flipsX: Bool, _ flipsY: Bool) -> LumaHash {
    func inverted(_ odd: LumaHash, _ hash: LumaHash) -> LumaHash {
      LumaHash(low: hash.low ^ odd.low, high: hash.high ^ odd.high)
    }
    var hash = self
    if flipsX { hash = inverted(Self.oddAcross, hash) }
    if flipsY { hash = inverted(Self.oddDown, hash) }
    return flipsX == flipsY ? hash : inverted(Self.oddBoth, hash)
  }

  /// The number of differing bits.
  @inlinable @inline(__always) package func distance(to other: LumaHash) -> Int {
    (low ^ other.low).nonzeroBitCount + (high ^ other.high).nonzeroBitCount
  }

  /// The bits whose frequencies along both axes are even, in one word.
  ///
  /// Mirroring does not change them. Three of these bits do not fit and are absent.
  package var evenBits: UInt32 {
    var word: UInt32 = 0
    for (place, bit) in Self.evenPlaces.enumerated() {
      let value = bit < 64 ? low >> UInt64(bit) : high >> UInt64(bit - 64)
      word |= UInt32(value & 1) << UInt32(place)
    }
    return word
  }

  /// The smallest distance to `other`, mirrored along no axis, either axis or both, and that mirroring.
  @inlinable @inline(__always) package func distanceMirrored(_ other: LumaHash) -> (
    distance: Int, flipsX: Bool, flipsY: Bool
  ) {
    let (low, high) = (low ^ other.low, high ^ other.high)
    func count(_ mask: LumaHash) -> Int {
      (low & mask.low).nonzeroBitCount + (high & mask.high).nonzeroBitCount
    }
    // Mirroring inverts the bits of odd frequencies.
    let (across, down, both) = (count(Self.oddAcross), count(Self.oddDown), count(Self.oddBoth))
    let even = low.nonzeroBitCount + high.nonzeroBitCount - across - down - both
    let (acrossX, downY, other) = (
      Self.counts.across - across, Self.counts.down - down, Self.counts.both - both
    )
    var best = (distance: even + across + down + both, flipsX: false, flipsY: false)
    if even + acrossX + down + other < best.distance { best = (even + acrossX + down + other, true, false) }
    if even + across + downY + other < best.distance { best = (even + across + downY + other, false, true) }
    if even + acrossX + downY + both < best.distance { best = (even + acrossX + downY + both, true, true) }
    return best
  }

  private static func bits(where isIncluded: (Int, Int) -> Bool) -> LumaHash {
    var words: [UInt64] = [0, 0]
    for (bit, (u, v)) in frequencies.enumerated() where isIncluded(u, v) {
      words[bit / 64] |= 1 << UInt64(bit % 64)
    }
    return LumaHash(low: words[0], high: words[1])
  }

  @usableFromInline static let oddAcross = bits { $0 % 2 == 0 && $1 % 2 == 1 }
  @usableFromInline static let oddDown = bits { $0 % 2 == 1 && $1 % 2 == 0 }
  @usableFromInline static let oddBoth = bits { $0 % 2 == 1 && $1 % 2 == 1 }
  @usableFromInline static let counts = (
    across: oddAcross.distance(to: LumaHash(low: 0, high: 0)),
    down: oddDown.distance(to: LumaHash(low: 0, high: 0)),
    both: oddBoth.distance(to: LumaHash(low: 0, high: 0))
  )
  /// The number of `evenBits`.
  package static let evenCount = evenPlaces.count
  private static let evenPlaces = Array(
    frequencies.indices.filter { frequencies[$0].0 % 2 == 0 && frequencies[$0].1 % 2 == 0 }.prefix(32))

  /// The largest sum of both frequencies.
  private static let limit = 14
  private static let frequencies: [(Int, Int)] = (1...limit).flatMap { sum in (0...sum).map { ($0, sum - $0) }
  }
  private static let transposed: [Int] = frequencies.map { u, v in
    frequencies.firstIndex { $0 == (v, u) } ?? 0
  }
  private static let window = (0..<32).map { index -> Float in
    Float(sin(Double.pi * (Double(index) + 0.5) / 32))
  }
  private static let cosines: [Float] = (0...limit).flatMap { (frequency: Int) -> [Float] in
    (0..<32).map { (index: Int) -> Float in
      let angle: Double = .pi * Double(frequency) * (Double(index) + 0.5) / 32
      return Float(cos(angle))
    }
  }
}
