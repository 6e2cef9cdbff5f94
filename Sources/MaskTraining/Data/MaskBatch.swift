import Imaging

/// Composites as the network sees them.
struct MaskBatch: Sendable {
  /// (count, 4, side, side): red, green, blue from -1 to 1, the face channel.
  var input: [Float]
  /// (count, 1, side, side), from 0 to 1.
  var alpha: [Float]
  let count: Int
  let side: Int

  init(_ composites: [Composite], side: Int) {
    let area = side * side
    (count, self.side) = (composites.count, side)
    input = [Float](repeating: 0, count: composites.count * 4 * area)
    alpha = []
    alpha.reserveCapacity(composites.count * area)
    for (index, composite) in composites.enumerated() {
      input.withUnsafeMutableBufferPointer { buffer in
        let planes = UnsafeMutableBufferPointer(rebasing: buffer[index * 4 * area..<(index + 1) * 4 * area])
        Self.fill(planes, composite.image, side: side)
        FaceChannel.fill(
          UnsafeMutableBufferPointer(rebasing: planes[3 * area..<4 * area]), side: side, face: composite.face)
      }
      alpha += composite.alpha
    }
  }

  /// Writes the three planes of an RGB image of the right size.
  static func fill(_ planes: UnsafeMutableBufferPointer<Float>, _ image: ImageBuffer, side: Int) {
    let area = side * side
    image.bytes.withUnsafeBufferPointer { bytes in
      for pixel in 0..<area {
        planes[pixel] = Float(bytes[pixel * 3]) / 127.5 - 1
        planes[area + pixel] = Float(bytes[pixel * 3 + 1]) / 127.5 - 1
        planes[2 * area + pixel] = Float(bytes[pixel * 3 + 2]) / 127.5 - 1
      }
    }
  }
}
