internal import COpenCV
public import Imaging

/// How samples between pixels are computed.
public enum Interpolation: Sendable {
  /// The nearest pixel, for label maps.
  case nearest
  /// The weighted mean of the 4 nearest pixels.
  case linear
  /// A bicubic function of the 16 nearest pixels, which is sharper when enlarging.
  case cubic
  /// The mean of the covered area, for reducing.
  case area
}

/// The pixels outside the source.
public enum Border: Sendable, Equatable {
  /// One color, with one sample for each channel.
  case constant([UInt8])
  /// The nearest edge pixel.
  case edge
  /// The image mirrored at its edge pixels.
  case reflect
}

extension ImageBuffer {
  /// The maximum number of pixels of the results of `warped` and `openCVResized`.
  public static let maxTargetPixels = 1 << 28

  /// Maps the image by `map` into a new image of `size`, with one interpolation from source to target.
  ///
  /// If the map reduces the image, each target pixel is the mean of n x n interpolated samples, with n large
  /// enough that no source pixel is skipped (box filter). Beyond a factor of 8, the source is first reduced
  /// by OpenCV's INTER_AREA. A Gaussian prefilter of the source was the alternative, but it takes longer for
  /// large sources and blurs the constant border into the image. RGBA images are interpolated with
  /// premultiplied alpha, so the colors of transparent pixels do not bleed.
  ///
  /// - Parameters:
  ///   - map: From this image's pixels to the target's pixels; in both, whole numbers are pixel centers.
  ///   - size: The target's size.
  ///   - border: The pixels outside this image; `.constant` needs one sample for each channel.
  ///   - interpolation: `.area` interpolates linearly; when reducing, all kinds average.
  /// - Returns: An image of `size` in this image's format.
  /// - Throws: `VisionError` if the map is not finite or not invertible, or the size is empty or beyond
  ///   `maxTargetPixels`.
  public func warped(
    by map: AffineMap, to size: PixelSize, border: Border = .constant([0, 0, 0, 0]),
    interpolation: Interpolation = .linear
  ) throws(VisionError) -> ImageBuffer {
    let operation = "warp a \(width)x\(height) image to \(size.width)x\(size.height)"
    try ImageBuffer.check(size, operation)
    var fill = [0.0, 0.0, 0.0, 0.0]
    if case .constant(let samples) = border {
      guard samples.count >= channels else {
        throw VisionError(
          operation, reason: "the border has \(samples.count) samples for \(channels) channels",
          nextStep: "use one sample for each channel")
      }
      for (index, sample) in samples.prefix(channels).enumerated() { fill[index] = Double(sample) }
    }
    let matrix = [map.a, map.b, map.c, map.d, map.e, map.f]
    return try attempt(operation) { error in
      withView { source in
        ImageBuffer.filled(width: size.width, height: size.height, format: format) { target in
          ocv_warp(source, target, matrix, interpolation.code, border.code, fill, error)
        }
      }
    }
  }

  /// Resizes the image to `size` with OpenCV, with premultiplied alpha.
  ///
  /// To reduce photographs, use Imaging's `resized(to:)`. This function also has `.nearest` for label maps
  /// and `.cubic` for enlarging.
  ///
  /// - Throws: `VisionError` if the size is empty or beyond `maxTargetPixels`.
  public func openCVResized(
    to size: PixelSize, by interpolation: Interpolation
  ) throws(VisionError) -> ImageBuffer {
    if size == self.size { return self }
    let operation = "resize a \(width)x\(height) image to \(size.width)x\(size.height)"
    try ImageBuffer.check(size, operation)
    return try attempt(operation) { error in
      withView { source in
        ImageBuffer.filled(width: size.width, height: size.height, format: format) { target in
          ocv_resize(source, target, interpolation.code, error)
        }
      }
    }
  }

  /// Throws if a target is empty or too large for memory.
  static func check(_ size: PixelSize, _ operation: String) throws(VisionError) {
    let (area, overflow) = size.width.multipliedReportingOverflow(by: size.height)
    guard size.width > 0, size.height > 0, !overflow, area <= maxTargetPixels else {
      throw VisionError(
        operation, reason: "the target must have 1 to \(maxTargetPixels) pixels",
        nextStep: "choose another size")
    }
  }
}

extension Interpolation {
  var code: ocv_interpolation {
    switch self {
    case .nearest: OCV_NEAREST
    case .linear: OCV_LINEAR
    case .cubic: OCV_CUBIC
    case .area: OCV_AREA
    }
  }
}

extension Border {
  var code: ocv_border {
    switch self {
    case .constant: OCV_BORDER_CONSTANT
    case .edge: OCV_BORDER_EDGE
    case .reflect: OCV_BORDER_REFLECT
    }
  }
}

extension Plane {
  /// Resizes the plane to `size` with OpenCV.
  ///
  /// - Throws: `VisionError` if the size is empty or too large.
  public func openCVResized(
    to size: PixelSize, by interpolation: Interpolation = .area
  ) throws(VisionError) -> Plane {
    if size == self.size { return self }
    let operation = "resize a \(width)x\(height) plane to \(size.width)x\(size.height)"
    try ImageBuffer.check(size, operation)
    return try attempt(operation) { error in
      withView { source in
        Plane.filled(width: size.width, height: size.height) { target in
          ocv_resize(source, target, interpolation.code, error)
        }
      }
    }
  }
}
