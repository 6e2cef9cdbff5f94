internal import COpenCV
public import Imaging

/// How samples between pixels are made.
public enum Interpolation: Sendable {
  /// The nearest pixel, for label maps.
  case nearest
  /// The weighted mean of the 4 nearest pixels.
  case linear
  /// A cubic through the 16 nearest pixels: sharper when enlarging.
  case cubic
  /// The mean of the covered area: right when shrinking.
  case area
}

/// What a warp sees outside the source.
public enum Border: Sendable, Equatable {
  /// One colour, a sample a channel.
  case constant([UInt8])
  /// The nearest edge pixel.
  case edge
  /// The image mirrored at its edge pixels.
  case reflect
}

extension ImageBuffer {
  /// The largest target that `warped` and `openCVResized` make, in pixels.
  public static let maxTargetPixels = 1 << 28

  /// Moves the image by `map` into a new one of `size` in one interpolation from source to target.
  ///
  /// Where the map shrinks, each target pixel is the mean of n x n interpolated samples, n so large that no source
  /// pixel is stepped over (box filter; beyond a factor of 8 the source is first averaged down by OpenCV's INTER_AREA).
  /// A Gaussian prefilter of the source was the alternative: it costs more on large sources, and it blurs the constant
  /// border into the image. In RGBA images alpha is multiplied in first, so that the colours of invisible pixels do not
  /// bleed.
  ///
  /// - Parameters:
  ///   - map: From this image's pixels to the target's, both with whole numbers at pixel centres.
  ///   - size: The target's size.
  ///   - border: What lies outside this image; `.constant` needs a sample a channel.
  ///   - interpolation: `.area` interpolates linearly; the averaging is done in any case.
  /// - Returns: An image of `size` in this image's format.
  /// - Throws: `VisionError` for a map that is not finite or flattens the image, and for sizes beyond
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
          nextStep: "give one sample a channel")
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

  /// Fills an image of `size` with the whole of this one; alpha is multiplied in while averaging.
  ///
  /// For photographs that shrink use Imaging's `resized(to:)`; this one also has `.nearest` for label maps and `.cubic` for
  /// enlarging.
  ///
  /// - Throws: `VisionError` for sizes that are empty or beyond `maxTargetPixels`.
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

  /// Refuses targets that are empty or would fill the memory.
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
  /// Fills a plane of `size` with the whole of this one.
  ///
  /// - Throws: `VisionError` for sizes that are empty or too large.
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
