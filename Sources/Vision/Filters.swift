internal import COpenCV
public import Imaging

/// A morphological operation on a mask with a disc.
public enum Morphology: Sendable {
  /// Shrinks the mask.
  case erode
  /// Grows the mask.
  case dilate
  /// Removes specks and thin bridges: erode, then dilate.
  case open
  /// Fills cracks and small holes: dilate, then erode.
  case close

  fileprivate var code: ocv_morphology {
    switch self {
    case .erode: OCV_ERODE
    case .dilate: OCV_DILATE
    case .open: OCV_OPEN
    case .close: OCV_CLOSE
    }
  }
}

extension ImageBuffer {
  /// Blurs the image by a Gaussian with standard deviation `sigma` in pixels; the image is mirrored at its
  /// edges.
  ///
  /// - Throws: `VisionError` unless 0 < `sigma` <= 500.
  public func blurred(sigma: Double) throws(VisionError) -> ImageBuffer {
    guard sigma > 0, sigma <= 500 else {
      throw VisionError(
        "blur an image", reason: "sigma is \(sigma)", nextStep: "choose one above 0 and at most 500")
    }
    return try transformed("blur an image", format: format) { ocv_gaussian_blur($0, $1, sigma, $2) }
  }

  /// Applies a morphological operation with a disc of `radius` pixels to a gray mask.
  ///
  /// - Throws: `VisionError` if the image is not gray or the radius is not within 0...1000.
  public func morphed(_ operation: Morphology, radius: Int) throws(VisionError) -> ImageBuffer {
    try requireGray("change a mask")
    guard (0...1000).contains(radius) else {
      throw VisionError("change a mask", reason: "the radius is \(radius)", nextStep: "choose 0 to 1000")
    }
    return try transformed("change a mask", format: .gray) {
      ocv_morph($0, $1, operation.code, Int32(radius), $2)
    }
  }

  /// The edges of a gray image as 255 on 0 (Canny with 3x3 Sobel gradients): gradients above `high`, and
  /// connected ones above `low`.
  ///
  /// - Throws: `VisionError` if the image is not gray.
  public func edges(low: Double, high: Double) throws(VisionError) -> ImageBuffer {
    try requireGray("find edges")
    return try transformed("find edges", format: .gray) { ocv_canny($0, $1, low, high, $2) }
  }

  /// For each pixel other than 0, the exact Euclidean distance to the nearest 0 in pixels.
  ///
  /// - Throws: `VisionError` if the image is not gray.
  public func distanceToZero() throws(VisionError) -> Plane {
    try requireGray("measure distances")
    return try attempt("measure distances") { error in
      withView { source in
        Plane.filled(width: width, height: height) { ocv_distance(source, $0, error) }
      }
    }
  }

  func requireGray(_ operation: String) throws(VisionError) {
    guard format == .gray else {
      throw VisionError(
        operation, reason: "the image must be gray, but has \(channels) channels",
        nextStep: "convert it first")
    }
  }

  /// The image of the same size that the shim computes from this one.
  private func transformed(
    _ operation: String, format: Format, _ body: (ocv_view, ocv_view, ocv_error) -> Bool
  ) throws(VisionError) -> ImageBuffer {
    try attempt(operation) { error in
      withView { source in
        ImageBuffer.filled(width: width, height: height, format: format) { body(source, $0, error) }
      }
    }
  }
}

extension Plane {
  /// Aligns the edges of this plane with those of `guide`: the guided filter of He, Sun and Tang (PAMI 2013)
  /// with a gray or color guide and windows of `2 * radius + 1` pixels.
  ///
  /// - Parameters:
  ///   - guide: An image of the same size; its alpha is ignored.
  ///   - radius: Half the window, 1 to 1000 pixels.
  ///   - epsilon: The variance of the guide (0 to 1) from which a window counts as an edge; 1e-4 is sharp,
  ///     1e-2 soft.
  /// - Returns: The refined plane; its values may slightly exceed the range of this one.
  /// - Throws: `VisionError` if sizes differ or a number is out of range.
  public func guided(
    by guide: ImageBuffer, radius: Int, epsilon: Double
  ) throws(VisionError) -> Plane {
    guard guide.size == size, (1...1000).contains(radius), epsilon > 0, epsilon.isFinite else {
      throw VisionError(
        "refine a mask by its image",
        reason: "the guide is \(guide.width)x\(guide.height) for a mask of \(width)x\(height), "
          + "the radius \(radius), epsilon \(epsilon)",
        nextStep: "use equal sizes, a radius of 1 to 1000 and an epsilon above 0")
    }
    return try attempt("refine a mask by its image") { error in
      guide.withView { image in
        withView { input in
          Plane.filled(width: width, height: height) { target in
            ocv_guided_filter(image, input, target, Int32(radius), epsilon, error)
          }
        }
      }
    }
  }
}
