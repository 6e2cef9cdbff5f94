import Imaging

/// A picture as 64 x 64 luma values, in which two pictures are compared pixel by pixel.
struct GrayThumbnail: Sendable {
  static let side = 64
  /// Luma, 0 to 255, row by row.
  let values: [Float]
  /// The same at half the size, for alignment.
  let half: [Float]

  init(of image: ImageBuffer) {
    let size = PixelSize(width: Self.side, height: Self.side)
    self.init(luma: image.composited(on: [128, 128, 128]).converted(to: .gray).resized(to: size))
  }

  /// The thumbnail of the same picture, turned or mirrored.
  func turned(_ turn: Orientation) -> GrayThumbnail {
    guard turn != .topLeft else { return self }
    let luma = ImageBuffer(
      width: Self.side, height: Self.side, format: .gray, bytes: values.map { UInt8($0) })
    return GrayThumbnail(luma: luma.upright(from: turn))
  }

  /// The thumbnail of a grey image of 64 x 64.
  private init(luma: ImageBuffer) {
    self.init(values: luma.bytes.map(Float.init))
  }

  /// The thumbnail with these values.
  init(values: [Float]) {
    self.values = values
    let side = Self.side
    half = (0..<side * side / 4).map { index in
      let start = index / (side / 2) * 2 * side + index % (side / 2) * 2
      return (values[start] + values[start + 1] + values[start + side] + values[start + side + 1]) / 4
    }
  }
}
