internal import COpenCV
public import Imaging

/// The connected components of a mask: pixels other than 0 that touch, also at corners.
public struct Components: Sendable {
  /// One component.
  public struct Part: Sendable, Equatable {
    /// Its number in `labels`, from 1.
    public let label: Int32
    /// Its bounding box in pixels.
    public let box: Box
    /// Its number of pixels.
    public let area: Int
    /// Its centroid.
    public let center: Point
  }

  /// The number of each pixel's component; 0 if the mask is 0.
  public let labels: [Int32]
  /// The components in the order of their numbers.
  public let parts: [Part]

  /// Labels the components of a gray mask.
  ///
  /// - Throws: `VisionError` if the mask is not gray.
  public init(of mask: ImageBuffer) throws(VisionError) {
    try mask.requireGray("label the parts of a mask")
    let (width, height) = (mask.width, mask.height)
    // Pixels that touch at corners are connected, so a block of 2 x 2 pixels has at most one component.
    let limit = ((width + 1) / 2) * ((height + 1) / 2)
    var labels: [Int32] = []
    let found: [ocv_component] = try attempt("label the parts of a mask") { error in
      let found = [ocv_component](unsafeUninitializedCapacity: limit) { parts, written in
        var count: Int32 = -1
        labels = [Int32](unsafeUninitializedCapacity: width * height) { buffer, labelled in
          let target = view(
            UnsafeRawPointer(buffer.baseAddress), width: width, height: height, channels: 1, depth: OCV_INT32)
          count = mask.withView {
            ocv_components($0, target, parts.baseAddress, Int32(clamping: limit), error)
          }
          labelled = count < 0 ? 0 : width * height
        }
        written = max(0, Int(count))
      }
      return labels.isEmpty ? nil : found
    }
    self.labels = labels
    parts = found.enumerated().map { index, part in
      Part(
        label: Int32(index + 1), box: Box(part.box), area: Int(part.area),
        center: Point(x: part.x, y: part.y))
    }
  }
}

extension Box {
  init(_ rect: ocv_rect) {
    self.init(
      x: Double(rect.x), y: Double(rect.y), width: Double(rect.width), height: Double(rect.height))
  }
}
