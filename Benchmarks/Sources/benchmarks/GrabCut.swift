import CGrabCut
import Imaging

/// OpenCV's GrabCut (Rother, Kolmogorov, Blake 2004), which Easel's masks are compared with.
enum GrabCut {
  /// OpenCV's classes of a pixel.
  enum Class: UInt8 {
    case background = 0
    case foreground = 1
    case probableBackground = 2
    case probableForeground = 3
  }

  /// What OpenCV said when it refused an image.
  struct Failure: Error { let message: String }

  /// Separates foreground and background by color, starting from `classes` and updating them.
  ///
  /// - Parameters:
  ///   - image: An RGB image.
  ///   - classes: One of `Class`'s raw values for each pixel.
  ///   - box: If given, everything outside is background, everything inside probably foreground.
  /// - Throws: `Failure`.
  static func run(_ image: ImageBuffer, classes: inout [UInt8], box: Box? = nil) throws {
    precondition(
      image.format == .rgb && classes.count == image.size.area, "an RGB image and a class for each pixel")
    let rect = box.map { [$0.x, $0.y, $0.width, $0.height].map { Int32($0.rounded()) } }
    var message = [CChar](repeating: 0, count: 512)
    guard
      grabcut_run(
        image.bytes, &classes, Int32(image.width), Int32(image.height), rect, 5, &message, message.count)
    else {
      throw Failure(
        message: String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
  }
}
