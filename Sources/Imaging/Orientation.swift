/// How a camera was held: the EXIF orientation, 1 to 8 (EXIF 2.32, tag 0x0112).
///
/// The name says where the stored image's first row and first column are in the upright image.
public enum Orientation: Int, Sendable, Codable, CaseIterable {
  /// As stored.
  case topLeft = 1
  /// Mirrored left to right.
  case topRight = 2
  /// Rotated by 180 degrees.
  case bottomRight = 3
  /// Mirrored top to bottom.
  case bottomLeft = 4
  /// Mirrored at the diagonal from the top left.
  case leftTop = 5
  /// To be rotated clockwise by 90 degrees.
  case rightTop = 6
  /// Mirrored at the diagonal from the top right.
  case rightBottom = 7
  /// To be rotated counterclockwise by 90 degrees.
  case leftBottom = 8

  /// Whether making the image upright exchanges width and height.
  public var exchangesSides: Bool { rawValue >= 5 }

  /// The size of the upright image for one stored with `size`.
  public func upright(_ size: PixelSize) -> PixelSize {
    exchangesSides ? PixelSize(width: size.height, height: size.width) : size
  }
}

extension Orientation {
  /// The map from the pixels of an image stored with `size` to those of the upright image.
  public func map(of size: PixelSize) -> AffineMap {
    let (right, bottom) = (Double(size.width - 1), Double(size.height - 1))
    return switch self {
    case .topLeft: .identity
    case .topRight: AffineMap(-1, 0, right, 0, 1, 0)
    case .bottomRight: AffineMap(-1, 0, right, 0, -1, bottom)
    case .bottomLeft: AffineMap(1, 0, 0, 0, -1, bottom)
    case .leftTop: AffineMap(0, 1, 0, 1, 0, 0)
    case .rightTop: AffineMap(0, -1, bottom, 1, 0, 0)
    case .rightBottom: AffineMap(0, -1, bottom, -1, 0, right)
    case .leftBottom: AffineMap(0, 1, 0, -1, 0, right)
    }
  }
}

extension ImageBuffer {
  /// The upright image of an image that was stored with `orientation`.
  public func upright(from orientation: Orientation) -> ImageBuffer {
    guard orientation != .topLeft else { return self }
    // The output position of the stored pixel (0, 0), and the output distance of one step along x and along
    // y, in pixels.
    let size = orientation.upright(self.size)
    let (w, h) = (size.width, size.height)
    let (start, alongX, alongY): (Int, Int, Int) =
      switch orientation {
      case .topLeft: (0, 1, w)
      case .topRight: (w - 1, -1, w)
      case .bottomRight: (w * h - 1, -1, -w)
      case .bottomLeft: (w * (h - 1), 1, -w)
      case .leftTop: (0, w, 1)
      case .rightTop: (w - 1, w, -1)
      case .rightBottom: (w * h - 1, -w, -1)
      case .leftBottom: (w * (h - 1), -w, 1)
      }
    let channels = channels
    let (width, height) = (width, height)
    let turned = [UInt8](unsafeUninitializedCapacity: bytes.count) { output, written in
      bytes.withUnsafeBufferPointer { input in
        var from = 0
        for y in 0..<height {
          var to = (start + y * alongY) * channels
          for _ in 0..<width {
            for channel in 0..<channels { output[to + channel] = input[from + channel] }
            from += channels
            to += alongX * channels
          }
        }
      }
      written = bytes.count
    }
    return ImageBuffer(width: w, height: h, format: format, bytes: turned)
  }
}

extension Orientation {
  /// The orientation with these steps.
  package init(isTransposed: Bool, flipsX: Bool, flipsY: Bool) {
    self =
      switch (isTransposed, flipsX, flipsY) {
      case (false, false, false): .topLeft
      case (false, true, false): .topRight
      case (false, true, true): .bottomRight
      case (false, false, true): .bottomLeft
      case (true, false, false): .leftTop
      case (true, true, false): .rightTop
      case (true, true, true): .rightBottom
      case (true, false, true): .leftBottom
      }
  }

  /// The steps that bring an image with this EXIF orientation upright: a transposition, then mirroring along each axis.
  package var steps: (isTransposed: Bool, flipsX: Bool, flipsY: Bool) {
    switch self {
    case .topLeft: (false, false, false)
    case .topRight: (false, true, false)
    case .bottomRight: (false, true, true)
    case .bottomLeft: (false, false, true)
    case .leftTop: (true, false, false)
    case .rightTop: (true, true, false)
    case .rightBottom: (true, true, true)
    case .leftBottom: (true, false, true)
    }
  }
}
