import Imaging

/// A picture as 64 x 64 luma values on mid grey, the form in which two pictures are compared pixel by pixel.
struct LumaPrint: Sendable {
  static let side = 64
  /// Luma, 0 to 255, row by row.
  let values: [Float]
  /// The same at half the size, on which prints are aligned.
  let half: [Float]

  init(of image: ImageBuffer) {
    let size = PixelSize(width: Self.side, height: Self.side)
    self.init(luma: image.composited(on: [128, 128, 128]).converted(to: .gray).resized(to: size))
  }

  /// The print of the same picture, turned or mirrored.
  func turned(_ turn: Orientation) -> LumaPrint {
    guard turn != .topLeft else { return self }
    let luma = ImageBuffer(
      width: Self.side, height: Self.side, format: .gray, bytes: values.map { UInt8($0) })
    return LumaPrint(luma: luma.upright(from: turn))
  }

  /// The print whose values are those of a grey image of 64 x 64.
  private init(luma: ImageBuffer) {
    self.init(values: luma.bytes.map(Float.init))
  }

  /// The print with these values.
  init(values: [Float]) {
    self.values = values
    let side = Self.side
    half = (0..<side * side / 4).map { index in
      let start = index / (side / 2) * 2 * side + index % (side / 2) * 2
      return (values[start] + values[start + 1] + values[start + side] + values[start + side + 1]) / 4
    }
  }
}
