/// What a file's header says about the image, without its pixels.
public struct ImageHeader: Sendable, Equatable {
  /// The format, recognized by the bytes.
  public let format: ImageFormat
  /// The size of the upright image in pixels.
  public let size: PixelSize
  /// What one pixel will contain once decoded.
  public let pixels: ImageBuffer.Format
  /// How the image is stored.
  public let orientation: Orientation
  /// Whether there is more than one frame or page.
  public let hasMore: Bool
  /// The quality 1 to 100 whose standard quantization table comes nearest to the file's; nil except for JPEG.
  public let jpegQuality: Int?

  /// The size of the image as it is stored.
  var storedSize: PixelSize { orientation.upright(size) }
}

/// A decoded image, upright.
public struct DecodedImage: Sendable, Equatable {
  /// The pixels in sRGB, already turned as the orientation asks.
  public let image: ImageBuffer
  /// What the header said; `header.size` is the full size even if the pixels were decoded smaller.
  public let header: ImageHeader
  /// The side of the boxes of pixels that became one pixel each: 1, or a power of two for an image that was decoded smaller.
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
