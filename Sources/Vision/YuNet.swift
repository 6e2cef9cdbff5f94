internal import COpenCV
public import Foundation
public import Imaging

/// OpenCV's own YuNet face detector (`FaceDetectorYN`).
///
/// Each worker needs an instance of its own. OpenCV 4.6 reads the first generation of the model (outputs loc,
/// conf, iou), later versions the second.
public final class YuNet {
  /// One face.
  public struct Face: Sendable, Equatable {
    /// The box in pixels; it may reach beyond the image.
    public let box: Box
    /// Five points: the person's right eye, left eye, nose, right and left mouth corner.
    ///
    /// In an upright face the right ones have the smaller x.
    public let points: [Point]
    /// The confidence, 0 to 1.
    public let score: Double
  }

  private let handle: OpaquePointer

  /// Loads a YuNet ONNX file.
  ///
  /// - Parameters:
  ///   - model: The file.
  ///   - score: The minimum score, 0 to 1.
  ///   - overlap: Of faces whose intersection over union is larger than this, only the one with the highest
  ///     score is kept.
  /// - Throws: `VisionError` if the file is missing or is not a YuNet model that this OpenCV can read.
  public init(contentsOf model: URL, score: Double, overlap: Double = 0.3) throws(VisionError) {
    let operation = "load the face detector \(model.path)"
    try requireFile(model, operation, nextStep: "check the path")
    handle = try attempt(
      operation, nextStep: "use a YuNet model of the generation that OpenCV \(openCVVersion) reads"
    ) {
      ocv_yunet_load(model.path, Float(score), Float(overlap), 5000, $0)
    }
  }

  deinit { ocv_yunet_free(handle) }

  /// Finds faces in an image, sorted by descending score.
  ///
  /// - Throws: `VisionError` if the model is of another generation or the image is too large for it.
  public func detect(in image: ImageBuffer) throws(VisionError) -> [Face] {
    try attempt("find faces", nextStep: "check that the model is a YuNet for OpenCV \(openCVVersion)") {
      error in
      var rows: UnsafePointer<Float>?
      let count = image.withView { ocv_yunet_detect(handle, $0, &rows, error) }
      guard count >= 0 else { return nil }
      let numbers = UnsafeBufferPointer(start: rows, count: Int(count) * 15).map { Double($0) }
      return stride(from: 0, to: numbers.count, by: 15).map { at in
        Face(
          box: Box(x: numbers[at], y: numbers[at + 1], width: numbers[at + 2], height: numbers[at + 3]),
          points: (0..<5).map { Point(x: numbers[at + 4 + 2 * $0], y: numbers[at + 5 + 2 * $0]) },
          score: numbers[at + 14])
      }
    }
  }
}
