internal import COpenCV
public import Imaging

/// What a disc does to a mask.
public enum Morphology: Sendable {
  /// Removes a rim.
  case erode
  /// Adds a rim.
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
  /// Blurs by a Gaussian of standard deviation `sigma` in pixels; the image is mirrored at its edges.
  ///
  /// - Throws: `VisionError` where `sigma` is not above 0 and at most 500.
  public func blurred(sigma: Double) throws(VisionError) -> ImageBuffer {
    guard sigma > 0, sigma <= 500 else {
      throw VisionError(
        "blur an image", reason: "sigma is \(sigma)", nextStep: "choose one above 0 and at most 500")
    }
    return try transformed("blur an image", format: format) { ocv_gaussian_blur($0, $1, sigma, $2) }
  }

  /// Changes the shapes of a grey mask with a disc of `radius` pixels.
  ///
  /// - Throws: `VisionError` where the image is not grey or the radius not within 0...1000.
  public func morphed(_ operation: Morphology, radius: Int) throws(VisionError) -> ImageBuffer {
    try requireGray("change a mask")
    guard (0...1000).contains(radius) else {
      throw VisionError("change a mask", reason: "the radius is \(radius)", nextStep: "choose 0 to 1000")
    }
    return try transformed("change a mask", format: .gray) {
      ocv_morph($0, $1, operation.code, Int32(radius), $2)
    }
  }

  /// The edges of a grey image as 255 on 0 (Canny, gradients by Sobel 3x3): those above `high`, and those above `low` that
  /// touch them.
  ///
  /// - Throws: `VisionError` where the image is not grey.
  public func edges(low: Double, high: Double) throws(VisionError) -> ImageBuffer {
    try requireGray("find edges")
    return try transformed("find edges", format: .gray) { ocv_canny($0, $1, low, high, $2) }
  }

  /// For each pixel that is not 0 the exact Euclidean distance to the nearest 0, in pixels.
  ///
  /// - Throws: `VisionError` where the image is not grey.
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
        operation, reason: "it takes a grey image, not one with \(channels) channels",
        nextStep: "convert it first")
    }
  }

  /// An image of the same size that the shim makes from this one.
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
  /// Makes the edges of this plane follow those of `guide`: the guided filter of He, Sun and Tang (PAMI 2013), grey or
  /// colour, in windows of `2 * radius + 1` pixels.
  ///
  /// - Parameters:
  ///   - guide: An image of the same size; its alpha is left out.
  ///   - radius: Half the window, 1 to 1000 pixels.
  ///   - epsilon: How much the guide (0 to 1) must vary, squared, to count as an edge; 1e-4 is sharp, 1e-2 soft.
  /// - Returns: The refined plane; its values may overshoot those of this one a little.
  /// - Throws: `VisionError` where sizes differ or a number is out of range.
  public func guided(
    by guide: ImageBuffer, radius: Int, epsilon: Double
  ) throws(VisionError) -> Plane {
    guard guide.size == size, (1...1000).contains(radius), epsilon > 0, epsilon.isFinite else {
      throw VisionError(
        "refine a mask by its image",
        reason: "the guide is \(guide.width)x\(guide.height) for a mask of \(width)x\(height), "
          + "the radius \(radius), epsilon \(epsilon)",
        nextStep: "give equal sizes, a radius of 1 to 1000 and an epsilon above 0")
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
