import Imaging
import MaskModel

/// A batch of composites as tensors.
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
        MaskInput.fill(planes, composite.image, face: composite.face, side: side)
      }
      alpha += composite.alpha
    }
  }
}
