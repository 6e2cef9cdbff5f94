public import Imaging
public import Ledger

/// What the page asks of the stages, which know neither it nor each other: the command puts it together.
public protocol Workshop: Sendable {
  /// The picture of an image file or a film's frame, upright.
  ///
  /// - Parameters:
  ///   - image: The image.
  ///   - minimumSide: A JPEG may come smaller as long as its shorter side keeps this many pixels.
  /// - Throws: An `ItemFailure` where it cannot be read.
  func picture(of image: ImageRow, minimumSide: Int) async throws -> ImageBuffer
}
