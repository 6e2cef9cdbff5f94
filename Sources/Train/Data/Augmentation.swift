public import Imaging

/// How a training image is varied: mirrored half of the time, and a random part of a slightly larger image.
///
/// Source: UGATIT-pytorch's UGATIT.py, `train_transform`: RandomHorizontalFlip, Resize(286), RandomCrop(256) at 256. The image
/// is resized before it is mirrored, so that the resized one can be kept; the difference is at most one level a sample.
public struct Augmentation: Sendable, Equatable {
  /// The side that the networks see, in pixels.
  public let side: Int
  /// The side that images are resized to: 286 for 256, and in proportion.
  public let loadSide: Int
  /// Whether images are mirrored and cropped at random; otherwise they are resized alone.
  public let isOn: Bool

  /// The published variation for images of `side` pixels.
  public init(side: Int, isOn: Bool = true) {
    (self.side, self.isOn) = (side, isOn)
    loadSide = isOn ? (side * 286 + 128) / 256 : side
  }

  /// What is done to one sample.
  public struct Draw: Sendable, Equatable {
    /// Whether it is mirrored left to right.
    public var flips: Bool
    /// The first column of the part.
    public var x: Int
    /// The first row of the part.
    public var y: Int
  }

  /// What `random` says is done to a sample.
  public func draw(_ random: inout CounterRandom) -> Draw {
    guard isOn else { return Draw(flips: false, x: 0, y: 0) }
    let room = loadSide - side + 1
    return Draw(flips: random.unit() < 0.5, x: random.below(room), y: random.below(room))
  }

  /// Writes the varied part of `image`, from -1 to 1, in planes of red, green and blue.
  ///
  /// - Parameters:
  ///   - planes: takes 3 * `side` * `side` values.
  ///   - image: RGB, `loadSide` pixels on each side.
  ///   - draw: what is done to it.
  func fill(_ planes: UnsafeMutableBufferPointer<Float>, from image: ImageBuffer, _ draw: Draw) {
    precondition(
      image.width == loadSide && image.height == loadSide && image.format == .rgb
        && planes.count == 3 * side * side, "an image of the size that was announced")
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

/// Images as the networks see them.
public enum Pixels {
  /// The value from -1 to 1 of each level, in float32 as torchvision's ToTensor and Normalize(0.5, 0.5) compute it.
  static let signed: [Float] = (0..<256).map { (Float($0) / 255 - 0.5) / 0.5 }

  /// An RGB image as planes of values from -1 to 1.
  public static func planes(_ image: ImageBuffer) -> [Float] {
    let rgb = image.converted(to: .rgb)
    let count = rgb.width * rgb.height
    return (0..<3 * count).map { signed[Int(rgb.bytes[$0 % count * 3 + $0 / count])] }
  }

  /// Planes of values from -1 to 1 as an RGB image; values beyond are clipped, and one that is no number becomes black.
  ///
  /// - Precondition: there are three planes of `width` times `height` values.
  public static func image(_ planes: [Float], width: Int, height: Int) -> ImageBuffer {
    let count = width * height
    precondition(planes.count == 3 * count, "three planes of the image's size")
    let bytes = (0..<3 * count).map { index in
      let value = planes[index % 3 * count + index / 3]
      return value.isNaN ? 0 : UInt8((min(max(value * 0.5 + 0.5, 0), 1) * 255).rounded())
    }
    return ImageBuffer(width: width, height: height, format: .rgb, bytes: bytes)
  }
}
