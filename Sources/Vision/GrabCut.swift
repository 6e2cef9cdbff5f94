internal import COpenCV
public import Imaging

/// What GrabCut believes about a pixel; the raw values are OpenCV's.
public enum GrabCutClass: UInt8, Sendable {
  /// Certainly background.
  case background = 0
  /// Certainly foreground.
  case foreground = 1
  /// Background unless the colours say otherwise.
  case probableBackground = 2
  /// Foreground unless the colours say otherwise.
  case probableForeground = 3
}

/// Separates foreground from background by colour (Rother, Kolmogorov, Blake 2004), starting from and updating `classes`.
///
/// The random state of OpenCV's k-means is set before, so equal inputs give equal results on every thread.
///
/// - Parameters:
///   - image: An RGB image; the cost grows fast with its size, about half a second at 512 x 512.
///   - classes: One of `GrabCutClass`'s raw values a pixel, in and out. Where `box` is given it is overwritten.
///   - box: Everything outside is certainly background, everything inside probably foreground.
///   - iterations: How often models and cut are refined, 1 to 100.
/// - Throws: `VisionError` where the image is not RGB, the classes do not fill it or are not classes, or one side has
///   no pixels.
public func grabCut(
  _ image: ImageBuffer, classes: inout [UInt8], box: Box? = nil, iterations: Int = 5
) throws(VisionError) {
  let operation = "separate foreground and background"
  let (width, height) = (image.width, image.height)
  guard image.format == .rgb, classes.count == width * height, (1...100).contains(iterations) else {
    throw VisionError(
      operation,
      reason: "it takes an RGB image, one class a pixel and 1 to 100 iterations",
      nextStep: "convert the image and make one class for each pixel")
  }
  guard box != nil || classes.allSatisfy({ $0 <= 3 }) else {
    throw VisionError(operation, reason: "a class is not one of 0 to 3", nextStep: "use GrabCutClass")
  }
  var rect: ocv_rect?
  if let box {
    let left = box.x.clamped(to: 0, Double(width)).rounded()
    let top = box.y.clamped(to: 0, Double(height)).rounded()
    let right = (box.x + box.width).clamped(to: 0, Double(width)).rounded()
    let bottom = (box.y + box.height).clamped(to: 0, Double(height)).rounded()
    let inside = max(0, right - left) * max(0, bottom - top)
    guard inside > 0, Int(inside) < width * height else {
      throw VisionError(
        operation, reason: "the box covers none or all of the image",
        nextStep: "give a box with image around it")
    }
    rect = ocv_rect(
      x: Int32(left), y: Int32(top), width: Int32(right - left), height: Int32(bottom - top))
  }
  try attempt(operation) { error in
    succeeded(
      image.withView { source in
        classes.withUnsafeMutableBytes { raw in
          let mask = view(
            UnsafeRawPointer(raw.baseAddress), width: width, height: height, channels: 1, depth: OCV_UINT8)
          guard var rect else { return ocv_grab_cut(source, mask, nil, Int32(iterations), error) }
          return ocv_grab_cut(source, mask, &rect, Int32(iterations), error)
        }
      })
  }
}

extension Double {
  /// The nearest value within bounds; the lower one where this is no number.
  fileprivate func clamped(to low: Double, _ high: Double) -> Double {
    isNaN ? low : Swift.min(Swift.max(self, low), high)
  }
}
