package import Imaging

/// A part of a picture as brightness, and which of its pixels are to be measured.
package struct LumaPatch: Sendable {
  /// Width in pixels.
  package let width: Int
  /// Height in pixels.
  package let height: Int
  /// ITU-R BT.601 luma, 0 to 255, row by row.
  package let luma: [UInt8]
  /// Whether a pixel is measured.
  package let isIncluded: [Bool]

  /// A patch from its luma.
  package init(width: Int, height: Int, luma: [UInt8], isIncluded: [Bool]) {
    (self.width, self.height, self.luma, self.isIncluded) = (width, height, luma, isIncluded)
  }

  /// All of an image; of one with alpha, the pixels that are more than half opaque.
  package init(_ image: ImageBuffer) {
    self.init(
      width: image.width, height: image.height, luma: image.converted(to: .gray).bytes,
      isIncluded: image.alpha.map { $0.bytes.map { $0 > 127 } }
        ?? [Bool](repeating: true, count: image.width * image.height))
  }
}
