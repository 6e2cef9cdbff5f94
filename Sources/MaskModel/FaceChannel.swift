import Foundation
public import Imaging

/// The fourth plane of a mask network's input: the position of the face of the wanted person or character.
///
/// A Gaussian over the face's box: 1 in its center, exp(-1/2) at the middle of its edges; all zero if no face
/// is known.
public enum FaceChannel {
  /// Writes the plane of `side` x `side` values for a face box in pixels of the square input.
  public static func fill(_ plane: UnsafeMutableBufferPointer<Float>, side: Int, face: Box?) {
    guard let face, face.width > 0, face.height > 0 else {
      for index in plane.indices { plane[index] = 0 }
      return
    }
    let center = face.center
    func bell(_ middle: Double, _ length: Double) -> [Float] {
      (0..<side).map { position in
        let way = (Double(position) + 0.5 - middle) / (length / 2)
        return Float(exp(-0.5 * way * way))
      }
    }
    let (across, down) = (bell(center.x, face.width), bell(center.y, face.height))
    for y in 0..<side {
      for x in 0..<side { plane[y * side + x] = across[x] * down[y] }
    }
  }
}
