package import Imaging

/// The luma of a part of a picture, with a mask of the pixels that are measured.
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

  /// A patch of a whole image; if it has alpha, only pixels that are more than half opaque are measured.
  package init(_ image: ImageBuffer) {
    self.init(
      width: image.width, height: image.height, luma: image.converted(to: .gray).bytes,
      isIncluded: image.alpha.map { $0.bytes.map { $0 > 127 } }
        ?? [Bool](repeating: true, count: image.width * image.height))
  }
}
