import Dataset
import Foundation
import Imaging

/// 119 bits of an inner face by which copies are looked for: the signs of its lowest frequencies, light normalised.
///
/// Turning the picture by quarters and mirroring it exchanges and inverts bits, so one hash stands for all eight orientations.
struct FaceHash: Sendable, Hashable, CustomStringConvertible {
  /// The bits 0 to 63, which are those of the lowest frequencies.
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

  /// The number of differing bits.
  @inline(__always) func distance(to other: FaceHash) -> Int {
    (low ^ other.low).nonzeroBitCount + (high ^ other.high).nonzeroBitCount
  }

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

/// The hashes of one face in several views: a copy that was cropped is found in a view that shows more, off the middle.
struct FaceHashes: Sendable, Hashable {
  /// Which part of a picture a hash is of.
  struct View: Sendable, Hashable {
    /// How much more than usual is shown.
    var zoom = 1.0
    /// How far from the middle it is, in pixels of the usual thumbnail.
    var x = 0.0
    var y = 0.0
  }

  /// The usual view, then those in which a picture is like one that was cropped from it by up to an eighth, and by a fifth.
  ///
  /// A hash tolerates a shift of 2 pixels along both axes and a scale of 5 per cent, so the views are 4 pixels apart.
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
    all = Self.views.map { FaceHash(of: GrayThumbnail(crop: crop, cut: cut, source: source, view: $0)) }
  }

  /// The hashes of a picture that is its own source.
  init(of image: ImageBuffer) { self.init(crop: image, cut: nil, source: nil) }

  /// How far the hashes of two pictures are apart where they are nearest, and how the second is placed there.
  func nearest(to other: FaceHashes) -> (distance: Int, placement: Placement) {
    var best = (distance: own.distance(to: other.own), placement: Placement.upright)
    func take(_ distance: Int, _ placement: Placement) {
      if distance < best.distance { best = (distance, placement) }
    }
    for turn in Orientation.allCases.dropFirst() {
      take(own.distance(to: other.own.turned(turn)), Placement(turn: turn))
    }
    for (index, view) in Self.views.enumerated().dropFirst() {
      take(own.distance(to: other.all[index]), Placement(second: view))
      take(all[index].distance(to: other.own), Placement(first: view))
    }
    return best
  }
}

/// How one picture shows what another shows, as far as their hashes tell.
struct Placement: Sendable, Hashable {
  /// How the second is turned relative to the first.
  var turn = Orientation.topLeft
  /// The natural logarithm of how much larger the second, once turned back, shows what the first shows.
  var scale: Float = 0
  /// Where the first's middle is in the second, once turned back, from its middle in pixels of a thumbnail.
  var x: Float = 0
  var y: Float = 0

  /// Both show the same.
  static let upright = Placement()

  init(turn: Orientation = .topLeft) { self.turn = turn }

  /// The first shows what the second shows in `view`.
  init(second view: FaceHashes.View) {
    (scale, x, y) = (Float(log(view.zoom)), Float(view.x), Float(view.y))
  }

  /// The second shows what the first shows in `view`.
  init(first view: FaceHashes.View) {
    (scale, x, y) = (-Float(log(view.zoom)), Float(-view.x / view.zoom), Float(-view.y / view.zoom))
  }
}
