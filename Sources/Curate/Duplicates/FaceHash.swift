import Dataset
import Foundation
import Imaging

/// A hash of 119 bits of the inner face: the signs of its lowest frequencies, with light normalised.
///
/// Rotating by quarter turns and mirroring only exchange and invert bits, so one hash covers all eight orientations.
struct FaceHash: Sendable, Hashable, CustomStringConvertible {
  /// The bits 0 to 63: the lowest frequencies.
  let low: UInt64
  /// The other bits.
  let high: UInt64

  /// The number of bits.
  static let count = frequencies.count

  init(low: UInt64, high: UInt64) { (self.low, self.high) = (low, high) }

  /// A hash from its 32 hexadecimal digits; nil for other text.
  init?(_ text: some StringProtocol) {
    guard text.utf8.count == 32, let low = UInt64(text.prefix(16), radix: 16),
      let high = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    self.init(low: low, high: high)
  }

  /// 32 hexadecimal digits.
  var description: String {
    [low, high].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  init(of thumbnail: GrayThumbnail) {
    let (full, side) = (GrayThumbnail.side, GrayThumbnail.side / 2)
    let normal = thumbnail.normalized
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

  /// The hash of the picture after it was turned or mirrored.
  func turned(_ turn: Orientation) -> FaceHash {
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
    return FaceHash(low: words[0], high: words[1])
  }

  /// The hash of the picture after it was mirrored along the given axes.
  func mirrored(_ flipsX: Bool, _ flipsY: Bool) -> FaceHash {
    func inverted(_ odd: FaceHash, _ hash: FaceHash) -> FaceHash {
      FaceHash(low: hash.low ^ odd.low, high: hash.high ^ odd.high)
    }
    var hash = self
    if flipsX { hash = inverted(Self.oddAcross, hash) }
    if flipsY { hash = inverted(Self.oddDown, hash) }
    return flipsX == flipsY ? hash : inverted(Self.oddBoth, hash)
  }

  /// The number of differing bits.
  @inline(__always) func distance(to other: FaceHash) -> Int {
    (low ^ other.low).nonzeroBitCount + (high ^ other.high).nonzeroBitCount
  }

  /// The bits whose frequencies along both axes are even, in one word.
  ///
  /// Mirroring does not change them. Three of these bits do not fit and are absent.
  var evenBits: UInt32 {
    var word: UInt32 = 0
    for (place, bit) in Self.evenPlaces.enumerated() {
      let value = bit < 64 ? low >> UInt64(bit) : high >> UInt64(bit - 64)
      word |= UInt32(value & 1) << UInt32(place)
    }
    return word
  }

  /// The smallest distance to `other`, mirrored along no axis, either axis or both, and that mirroring.
  @inline(__always) func distanceMirrored(_ other: FaceHash) -> (distance: Int, flipsX: Bool, flipsY: Bool) {
    let (low, high) = (low ^ other.low, high ^ other.high)
    func count(_ mask: FaceHash) -> Int {
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

  private static func bits(where isIncluded: (Int, Int) -> Bool) -> FaceHash {
    var words: [UInt64] = [0, 0]
    for (bit, (u, v)) in frequencies.enumerated() where isIncluded(u, v) {
      words[bit / 64] |= 1 << UInt64(bit % 64)
    }
    return FaceHash(low: words[0], high: words[1])
  }

  private static let oddAcross = bits { $0 % 2 == 0 && $1 % 2 == 1 }
  private static let oddDown = bits { $0 % 2 == 1 && $1 % 2 == 0 }
  private static let oddBoth = bits { $0 % 2 == 1 && $1 % 2 == 1 }
  private static let counts = (
    across: oddAcross.distance(to: FaceHash(low: 0, high: 0)),
    down: oddDown.distance(to: FaceHash(low: 0, high: 0)),
    both: oddBoth.distance(to: FaceHash(low: 0, high: 0))
  )
  /// The number of `evenBits`.
  static let evenCount = evenPlaces.count
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

/// The hashes of one face in several views.
///
/// A cropped copy matches a view that shows more or less, away from the center.
struct FaceHashes: Sendable, Hashable {
  /// The part of an image that a hash describes.
  struct View: Sendable, Hashable {
    /// The scale of the shown part relative to the usual view; above 1, more is shown.
    var zoom = 1.0
    /// The distance from the center, in pixels of the usual thumbnail.
    var x = 0.0
    var y = 0.0
  }

  /// The usual view, then the views that match copies cropped by up to an eighth, and by a fifth.
  ///
  /// A hash tolerates a shift of 2 pixels along both axes and a scale of 5 %, so the views are 4 pixels apart.
  static let views: [View] =
    [View()] + [-4.0, 0, 4].flatMap { y in [-4.0, 0, 4].map { View(zoom: 1.12, x: $0, y: y) } }
    + [View(zoom: 1.25)]
  /// One hash for each view.
  let all: [FaceHash]

  /// The hash of the usual view.
  var own: FaceHash { all[0] }

  /// - Precondition: There is one hash for each view.
  init(all: [FaceHash]) { self.all = all }

  /// The hashes of a crop.
  init(crop: ImageBuffer, cut: Sample.Cut?, source: PixelSize?) {
    let luma = GrayThumbnail.luma(of: crop)
    all = Self.views.map { FaceHash(of: GrayThumbnail(luma: luma, cut: cut, source: source, view: $0)) }
  }

  /// The hashes of an image that is its own source.
  init(of image: ImageBuffer) { self.init(crop: image, cut: nil, source: nil) }

  /// The smallest distance between the hashes of two images, and the placement of the second at that distance.
  func nearest(to other: FaceHashes) -> (distance: Int, placement: Placement) {
    var best = (distance: Int.max, placement: Placement.upright)
    for isTransposed in [false, true] {
      let turned = other.all.map { isTransposed ? $0.turned(.leftTop) : $0 }
      func compare(_ first: Int, _ second: Int) {
        let (distance, flipsX, flipsY) = all[first].distanceMirrored(turned[second])
        guard distance < best.distance else { return }
        let turn = Orientation(isTransposed: isTransposed, flipsX: flipsX, flipsY: flipsY)
        best = (distance, Placement(turn: turn, first: first, second: second))
      }
      for view in Self.views.indices { compare(0, view) }
      for view in Self.views.indices.dropFirst() { compare(view, 0) }
    }
    return best
  }
}

/// How a second image shows the content of a first one, estimated from their hashes.
struct Placement: Sendable, Hashable {
  /// The orientation of the second relative to the first.
  var turn = Orientation.topLeft
  /// The natural logarithm of the scale of the second, after it is rotated back, relative to the first.
  var scale: Float = 0
  /// The position of the first's center in the second, after it is rotated back, relative to the second's center, in
  /// thumbnail pixels.
  var x: Float = 0
  var y: Float = 0

  /// The placement of two images that show the same part.
  static let upright = Placement()

  private init() {}

  /// The placement at which a view of the first matches a view of the second; one of both is the usual view.
  ///
  /// - Parameters:
  ///   - turn: How the second is turned.
  ///   - first: The number of the first's view.
  ///   - second: The number of the second's view.
  init(turn: Orientation, first: Int, second: Int) {
    self.turn = turn
    let view = FaceHashes.views[max(first, second)]
    let (x, y, zoom) = (Float(view.x), Float(view.y), Float(view.zoom))
    if first > 0 {
      (scale, self.x, self.y) = (-log(zoom), -x / zoom, -y / zoom)
    } else {
      let (isTransposed, flipsX, flipsY) = turn.steps
      let (across, down) = isTransposed ? (y, x) : (x, y)
      (scale, self.x, self.y) = (log(zoom), flipsX ? -across : across, flipsY ? -down : down)
    }
  }
}
