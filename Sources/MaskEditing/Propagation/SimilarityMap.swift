import Imaging
import Vision

/// The similarity of each pixel between two crops that were registered.
struct SimilarityMap: Sendable {
  /// The maximum difference of two similar colors, 0...255, in the channel that differs most.
  static let maxDifference: Float = 26

  /// For each pixel of the second crop, the fraction of the pixels around it that are similar in both, 0...1.
  let share: Plane
  /// The second crop with the brightness of the first one.
  let relit: ImageBuffer

  /// Compares `first`, registered onto `second`; both are RGB.
  ///
  /// - Throws: `VisionError`.
  init(of first: ImageBuffer, onto second: ImageBuffer, by registration: CropRegistration) throws {
    var relit = second
    let gain = max(registration.gain, 0.1)
    relit.bytes = second.bytes.map {
      UInt8(min(max((Float($0) - registration.offset) / gain, 0), 255).rounded())
    }
    // A slight blur removes differences at edges from compression and from shifts of less than a pixel.
    let sigma = Double(max(second.width, second.height)) / 200
    let warped = try first.warped(by: registration.map, to: second.size, border: .edge).blurred(sigma: sigma)
    let soft = try relit.blurred(sigma: sigma)
    let inside = try ImageBuffer(
      width: first.width, height: first.height, format: .gray, filledWith: [255]
    ).warped(by: registration.map, to: second.size)
    let similar = (0..<second.size.area).map { index -> UInt8 in
      let difference = (index * 3..<index * 3 + 3).map { abs(Int(warped.bytes[$0]) - Int(soft.bytes[$0])) }
        .max()
      return inside.bytes[index] == 255 && Float(difference ?? 255) <= Self.maxDifference ? 255 : 0
    }
    let mask = ImageBuffer(width: second.width, height: second.height, format: .gray, bytes: similar)
    share = Plane(try mask.blurred(sigma: 2 * sigma))
    self.relit = relit
  }

  /// Whether pixel `index` of the second crop and most pixels around it are similar in both.
  subscript(index: Int) -> Bool { share.values[index] >= 0.5 }
}
