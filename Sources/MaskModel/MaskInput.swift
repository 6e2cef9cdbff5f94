public import Imaging

/// Converts a crop to the input of a mask network, in the same way for training and use.
///
/// (1, 4, side, side): red, green and blue as `sample / 127.5 - 1`, then the face channel. The output is alpha from 0 to 1,
/// (1, 1, side, side).
public enum MaskInput {
  /// The name of the network's input.
  public static let inputName = "input"
  /// The name of the network's output.
  public static let outputName = "alpha"

  /// The input for a square `crop`.
  ///
  /// - Parameters:
  ///   - crop: The crop, of any size; alpha is dropped.
  ///   - face: The face's box in pixels of the crop; nil if it is not known.
  ///   - side: The side of the network's input.
  /// - Returns: 4 * side * side values for the shape [1, 4, side, side].
  public static func values(_ crop: ImageBuffer, face: Box?, side: Int) -> [Float] {
    let image = crop.converted(to: .rgb).resized(to: PixelSize(width: side, height: side), .area)
    let (sx, sy) = (Double(side) / Double(crop.width), Double(side) / Double(crop.height))
    let box = face.map { Box(x: $0.x * sx, y: $0.y * sy, width: $0.width * sx, height: $0.height * sy) }
    var values = [Float](repeating: 0, count: 4 * side * side)
    values.withUnsafeMutableBufferPointer { fill($0, image, face: box, side: side) }
    return values
  }

  /// Writes the four planes for an RGB image of the right size.
  package static func fill(
    _ planes: UnsafeMutableBufferPointer<Float>, _ image: ImageBuffer, face: Box?, side: Int
  ) {
    let area = side * side
    precondition(
      image.width == side && image.height == side && image.format == .rgb, "an image of the input's size")
    image.bytes.withUnsafeBufferPointer { bytes in
      for pixel in 0..<area {
        planes[pixel] = Float(bytes[pixel * 3]) / 127.5 - 1
        planes[area + pixel] = Float(bytes[pixel * 3 + 1]) / 127.5 - 1
        planes[2 * area + pixel] = Float(bytes[pixel * 3 + 2]) / 127.5 - 1
      }
    }
    FaceChannel.fill(
      UnsafeMutableBufferPointer(rebasing: planes[3 * area..<4 * area]), side: side, face: face)
  }
}
