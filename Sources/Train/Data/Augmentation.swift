public import Dataset
public import Imaging

/// The augmentation of training images: a horizontal flip with probability 0.5, and a random crop of a slightly larger image.
///
/// Source: UGATIT-pytorch's UGATIT.py, `train_transform`: RandomHorizontalFlip, Resize(286), RandomCrop(256) at 256. Here the
/// image is resized before it is flipped, so that the resized image can be cached; values differ by at most one level.
public struct Augmentation: Sendable, Equatable {
  /// The side of the networks' input, in pixels.
  public let side: Int
  /// The side that images are resized to before the crop: 286 for a side of 256, and in proportion for others.
  public let loadSide: Int
  /// Whether images are flipped and cropped at random; otherwise they are only resized.
  public let isOn: Bool

  /// The published augmentation for images of `side` pixels.
  public init(side: Int, isOn: Bool = true) {
    (self.side, self.isOn) = (side, isOn)
    loadSide = isOn ? (side * 286 + 128) / 256 : side
  }

  /// The random choices for one sample.
  public struct Draw: Sendable, Equatable {
    /// Whether the image is flipped left to right.
    public var flips: Bool
    /// The first column of the crop.
    public var x: Int
    /// The first row of the crop.
    public var y: Int
  }

  /// Draws the choices for one sample from `random`.
  public func draw(_ random: inout CounterRandom) -> Draw {
    guard isOn else { return Draw(flips: false, x: 0, y: 0) }
    let room = loadSide - side + 1
    return Draw(flips: random.unit() < 0.5, x: random.below(room), y: random.below(room))
  }

  /// Writes the augmented `image` as planes of red, green and blue, with values in -1...1.
  ///
  /// - Parameters:
  ///   - planes: The buffer for 3 * `side` * `side` values.
  ///   - image: An RGB image of `loadSide` by `loadSide` pixels.
  ///   - draw: The random choices.
  func fill(_ planes: UnsafeMutableBufferPointer<Float>, from image: ImageBuffer, _ draw: Draw) {
    precondition(
      image.width == loadSide && image.height == loadSide && image.format == .rgb
        && planes.count == 3 * side * side, "the image must be RGB with \(loadSide) pixels on each side")
    image.bytes.withUnsafeBufferPointer { bytes in
      for channel in 0..<3 {
        for y in 0..<side {
          let row = ((draw.y + y) * loadSide) * 3 + channel
          let out = (channel * side + y) * side
          for x in 0..<side {
            let column = draw.flips ? loadSide - 1 - (draw.x + x) : draw.x + x
            planes[out + x] = Pixels.signed[Int(bytes[row + column * 3])]
          }
        }
      }
    }
  }
}

/// Conversions between images and the networks' input and output values.
public enum Pixels {
  /// The value in -1...1 of each level, in float32 as torchvision's ToTensor and Normalize(0.5, 0.5) compute it.
  static let signed: [Float] = (0..<256).map { (Float($0) / 255 - 0.5) / 0.5 }

  /// An RGB image as three planes of values in -1...1.
  public static func planes(_ image: ImageBuffer) -> [Float] {
    let rgb = image.converted(to: .rgb)
    let count = rgb.width * rgb.height
    return (0..<3 * count).map { signed[Int(rgb.bytes[$0 % count * 3 + $0 / count])] }
  }

  /// Three planes of values in -1...1 as an RGB image; values outside are clipped, and NaN becomes 0.
  ///
  /// - Precondition: `planes` has 3 * `width` * `height` values.
  public static func image(_ planes: [Float], width: Int, height: Int) -> ImageBuffer {
    let count = width * height
    precondition(planes.count == 3 * count, "there must be three planes of the image's size")
    let bytes = (0..<3 * count).map { index in
      let value = planes[index % 3 * count + index / 3]
      return value.isNaN ? 0 : UInt8((min(max(value * 0.5 + 0.5, 0), 1) * 255).rounded())
    }
    return ImageBuffer(width: width, height: height, format: .rgb, bytes: bytes)
  }
}
