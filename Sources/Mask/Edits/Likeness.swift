import Imaging
import Vision

/// Where one crop shows what another one shows, after it was laid on it.
struct Likeness: Sendable {
  /// How far colours may be apart, of 255 in the channel that differs most.
  static let farthest: Float = 26

  /// The share of the pixels about each pixel of the second crop that look alike in both, 0 to 1.
  let share: Plane
  /// The second crop in the first one's light.
  let lit: ImageBuffer

  /// Compares `first`, laid on `second` by `registration`; both are RGB.
  ///
  /// - Throws: `VisionError`.
  init(of first: ImageBuffer, onto second: ImageBuffer, by registration: CropRegistration) throws {
    var lit = second
    let gain = max(registration.gain, 0.1)
    lit.bytes = second.bytes.map {
      UInt8(min(max((Float($0) - registration.offset) / gain, 0), 255).rounded())
    }
    // A little blur takes away what compression and half pixels do to edges.
    let sigma = Double(max(second.width, second.height)) / 200
    let warped = try first.warped(by: registration.map, to: second.size, border: .edge).blurred(sigma: sigma)
    let soft = try lit.blurred(sigma: sigma)
    let inside = try ImageBuffer(
      width: first.width, height: first.height, format: .gray, filledWith: [255]
    ).warped(by: registration.map, to: second.size)
    let alike = (0..<second.size.area).map { index -> UInt8 in
      let difference = (index * 3..<index * 3 + 3).map { abs(Int(warped.bytes[$0]) - Int(soft.bytes[$0])) }
        .max()
      return inside.bytes[index] == 255 && Float(difference ?? 255) <= Self.farthest ? 255 : 0
    }
    let mask = ImageBuffer(width: second.width, height: second.height, format: .gray, bytes: alike)
    share = Plane(try mask.blurred(sigma: 2 * sigma))
    self.lit = lit
  }

  /// Whether pixel `index` of the second crop, and most about it, look alike in both.
  subscript(index: Int) -> Bool { share.values[index] >= 0.5 }
}
