/// The information in a file's header.
public struct ImageHeader: Sendable, Equatable {
  /// The format, recognized by the bytes.
  public let format: ImageFormat
  /// The size of the upright image in pixels.
  public let size: PixelSize
  /// The channels of a decoded pixel.
  public let pixels: ImageBuffer.Format
  /// How the image is stored.
  public let orientation: Orientation
  /// Whether there is more than one frame or page.
  public let hasMore: Bool
  /// The quality, 1 to 100, whose standard quantization table is nearest to the file's; nil for other formats
  /// than JPEG.
  public let jpegQuality: Int?
  /// Whether a camera states that the colors are Adobe RGB.
  let statesAdobeRGB: Bool

  /// The size of the image as it is stored.
  var storedSize: PixelSize { orientation.upright(size) }
}

/// A decoded image, upright.
public struct DecodedImage: Sendable, Equatable {
  /// The upright image in sRGB.
  public let image: ImageBuffer
  /// The header; `header.size` is the full size even if the image was reduced.
  public let header: ImageHeader
  /// The reduction: `box` x `box` pixels became one pixel; 1 or a power of two.
  public let box: Int
  /// The map from the pixels of `image` to those of the upright image in full size.
  public let toSource: AffineMap

  /// The format, recognized by the bytes.
  public var format: ImageFormat { header.format }
  /// How the image was stored.
  public var orientation: Orientation { header.orientation }
  /// An estimate of the quality a JPEG was written with, 1 to 100; nil for other formats.
  public var jpegQuality: Int? { header.jpegQuality }

  /// One sentence for people if the file contains more than this image; nil if not.
  public var note: String? {
    guard header.hasMore else { return nil }
    return header.format == .tiff
      ? "only the first page was used" : "only the first frame of the animation was used"
  }
}
