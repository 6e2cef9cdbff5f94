import Imaging

#if canImport(Glibc)
  import Glibc
#endif

/// The luma on nine rings around an image's center.
///
/// A rotation only shifts the values along the rings. They are sampled every 2 degrees, in the image's true aspect ratio.
struct PolarSignature: Sendable {
  static let rings = 9
  static let angles = 180
  /// The radii of the innermost and the outermost ring, as shares of the disc's radius.
  static let radii: ClosedRange<Float> = 0.15...0.95

  /// Luma, ring by ring from the innermost, each from the right over the bottom.
  private let values: [Float]

  /// - Parameters:
  ///   - thumbnail: The picture.
  ///   - aspect: Its true width over height.
  init(of thumbnail: GrayThumbnail, aspect: Double) {
    let side = GrayThumbnail.side
    let center = Float(side - 1) / 2
    let (across, down) = Self.reach(aspect)
    let smooth = Self.smoothed(thumbnail.values)
    values = (0..<Self.rings).flatMap { ring in
      let share = Float(ring) / Float(Self.rings - 1)
      let radius =
        (Self.radii.lowerBound + share * (Self.radii.upperBound - Self.radii.lowerBound)) * Float(side) / 2
      return (0..<Self.angles).map { angle in
        let turn = 2 * Float.pi * Float(angle) / Float(Self.angles)
        return smooth.value(x: center + across * radius * cos(turn), y: center + down * radius * sin(turn))
      }
    }
  }

  /// A hash of 64 bits that rotation and mirroring do not change.
  ///
  /// A rotation shifts the values along each ring, which does not change the magnitudes of their Fourier coefficients. For
  /// coefficients 1 to 8, each bit says whether the magnitude grows from a ring to the next.
  var hash: PerceptualHash {
    let magnitudes = (0..<Self.rings).map { ring in
      Self.waves.map { wave in
        var (real, imaginary) = (Float(0), Float(0))
        for angle in 0..<Self.angles {
          let value = values[ring * Self.angles + angle]
          real += value * wave[angle].x
          imaginary += value * wave[angle].y
        }
        return real * real + imaginary * imaginary
      }
    }
    let bits = zip(magnitudes, magnitudes.dropFirst()).flatMap { inner, outer in
      zip(inner, outer).map { $0 < $1 }
    }
    return PerceptualHash(bits: bits.reduce(0) { $0 << 1 | ($1 ? 1 : 0) })
  }

  /// The clockwise rotation in degrees relative to `other`, and whether the picture was then mirrored top to bottom, at which
  /// both correlate most.
  func turn(against other: PolarSignature, flips: Bool) -> (degrees: Int, isMirrored: Bool) {
    let count = Self.angles
    var best = (value: -Float.infinity, degrees: 0, isMirrored: false)
    let mean = other.values.reduce(0, +) / Float(other.values.count)
    for isMirrored in flips ? [false, true] : [false] {
      // Each ring is repeated once, so that no index is beyond its end.
      let own = (0..<Self.rings).flatMap { ring -> [Float] in
        let ring = Array(values[ring * count..<(ring + 1) * count])
        let read = isMirrored ? (0..<count).map { ring[(count - $0) % count] } : ring
        return read + read
      }
      for shift in 0..<count {
        var sum = Float(0)
        for ring in 0..<Self.rings {
          var part = Float(0)
          for angle in 0..<count {
            part += (other.values[ring * count + angle] - mean) * own[2 * ring * count + shift + angle]
          }
          // An outer ring covers a larger part of the disc.
          sum += part * Float(ring + 1)
        }
        if sum > best.value {
          best = (sum, shift * 360 / count, isMirrored)
        }
      }
    }
    return (best.degrees, best.isMirrored)
  }

  /// The disc's radii along both axes of a square thumbnail, as shares of half its side.
  static func reach(_ aspect: Double) -> (across: Float, down: Float) {
    (Float(min(1, 1 / aspect)), Float(min(1, aspect)))
  }

  /// `values` of a thumbnail, smoothed along both axes so that subpixel shifts do not change the bits.
  private static func smoothed(_ values: [Float]) -> [Float] {
    let (side, weights) = (GrayThumbnail.side, [1, 4, 6, 4, 1].map { Float($0) / 16 })
    func pass(_ values: [Float], _ step: Int, _ place: (Int) -> Int) -> [Float] {
      values.indices.map { index in
        (-2...2).reduce(Float(0)) { sum, offset in
          let at = min(max(place(index) + offset, 0), side - 1)
          return sum + weights[offset + 2] * values[index + (at - place(index)) * step]
        }
      }
    }
    return pass(pass(values, 1) { $0 % side }, side) { $0 / side }
  }

  private static let waves = (1...8).map { frequency in
    (0..<angles).map { angle in
      let turn = 2 * Float.pi * Float(frequency * angle) / Float(angles)
      return SIMD2(cos(turn), sin(turn))
    }
  }
}

extension GrayThumbnail {
  /// The disc alone with grey around it, mirrored top to bottom if asked, then turned back by `degrees`; nil if the disc is
  /// flat, as it would be like any other flat one.
  func disc(aspect: Double, degrees: Int = 0, isMirrored: Bool = false) -> GrayThumbnail? {
    let side = Self.side
    let (center, radius) = (Float(side - 1) / 2, Float(side) / 2)
    let (across, down) = PolarSignature.reach(aspect)
    let (c, s) = (cos(Float(degrees) * .pi / 180), sin(Float(degrees) * .pi / 180))
    var levels = [Float?](repeating: nil, count: side * side)
    for row in 0..<side {
      for column in 0..<side {
        let (x, y) = (Float(column) - center, Float(row) - center)
        guard x * x + y * y <= radius * radius else { continue }
        let (u, v) = (c * x - s * y, s * x + c * y)
        levels[row * side + column] = values.value(
          x: center + across * u, y: center + down * (isMirrored ? -v : v))
      }
    }
    let seen = levels.compactMap { $0 }
    let mean = seen.reduce(0, +) / Float(seen.count)
    let variance = seen.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(seen.count)
    guard variance > 36 else { return nil }
    return GrayThumbnail(values: levels.map { $0 ?? mean }, isKnown: levels.map { $0 != nil })
  }
}

extension Similarity {
  /// The similarity of the discs of two pictures after the best rotation of the second, and mirroring if `flips` allows it.
  init(
    _ a: (print: GrayThumbnail, aspect: Double), turning b: (print: GrayThumbnail, aspect: Double),
    flips: Bool
  ) {
    let turn = PolarSignature(of: b.print, aspect: b.aspect).turn(
      against: PolarSignature(of: a.print, aspect: a.aspect), flips: flips)
    guard let one = a.print.disc(aspect: a.aspect),
      let other = b.print.disc(aspect: b.aspect, degrees: turn.degrees, isMirrored: turn.isMirrored)
    else {
      self.init(whole: -1, worst: -1)
      return
    }
    self.init(one, other)
  }
}

extension [Float] {
  /// The value between four pixels of a thumbnail, bilinear; edge values are repeated.
  fileprivate func value(x: Float, y: Float) -> Float {
    let side = GrayThumbnail.side
    return Float(
      BilinearSample(x: Double(x), y: Double(y), width: side, height: side)() {
        Double(self[$1 * side + $0])
      })
  }
}
