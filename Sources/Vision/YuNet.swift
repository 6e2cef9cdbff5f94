internal import COpenCV
public import Foundation
public import Imaging

/// OpenCV's own YuNet face detector (`FaceDetectorYN`).
///
/// One instance a worker. OpenCV 4.6 reads the first generation of the model (outputs loc, conf, iou), later versions the second.
public final class YuNet {
  /// One face.
  public struct Face: Sendable, Equatable {
    /// Where, in pixels; may reach over the edge.
    public let box: Box
    /// Five points: the eye, and the mouth's corner, of smaller x first, as right eye, left eye, nose, mouth, mouth in the
    /// person's own terms.
    public let points: [Point]
    /// How sure, 0 to 1.
    public let score: Double
  }

  private let handle: OpaquePointer

  /// Loads a YuNet ONNX file.
  ///
  /// - Parameters:
  ///   - model: The file.
  ///   - score: Faces below it are left out, 0 to 1.
  ///   - overlap: Of faces that share more than this (intersection over union) the surer one stays.
  /// - Throws: `VisionError` where the file is missing or is not a YuNet this OpenCV reads.
  public init(contentsOf model: URL, score: Double, overlap: Double = 0.3) throws(VisionError) {
    let operation = "load the face detector \(model.path)"
    try requireFile(model, operation, nextStep: "check the path")
    handle = try attempt(
      operation, nextStep: "use a YuNet of the generation that OpenCV \(openCVVersion) reads"
    ) {
      ocv_yunet_load(model.path, Float(score), Float(overlap), 5000, $0)
    }
  }

  deinit { ocv_yunet_free(handle) }

  /// Finds faces in an image, surest first.
  ///
  /// - Throws: `VisionError` where the model is of another generation or the image too large for it.
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
