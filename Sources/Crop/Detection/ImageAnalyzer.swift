import Dataset
import Imaging
import Vision

/// What was detected in an image, in its pixels after EXIF orientation.
///
/// It depends only on the image and the detector, so a change of size, framing or border needs no new
/// detection.
struct DetectionResult: Sendable, Equatable, Codable {
  /// The detector's name.
  var detector: String
  /// The image's size.
  var size: PixelSize
  /// All faces, from left to right.
  var faces: [DetectedFace]
  /// The picture without its black bars; nil if it has none or is not a video frame.
  var content: Box?
  /// Lines of text over the picture.
  var captions: [Box] = []
}

/// Detects the faces of an image, and black bars and captions in video frames.
struct ImageAnalyzer {
  let detector: any FaceDetector
  let landmarks: LandmarkNetwork?

  /// Analyzes one image.
  ///
  /// - Parameters:
  ///   - picture: Any image.
  ///   - isVideoFrame: Whether it may be a video frame with black bars and captions.
  /// - Returns: The detections in source pixels.
  /// - Throws: `VisionError`.
  func analyze(_ picture: SourcePicture, isVideoFrame: Bool) throws -> DetectionResult {
    // Detectors get the image as it looks on white.
    let image = picture.image
    let whole = image.format == .rgba ? image.composited(on: [255, 255, 255]) : image
    let content = isVideoFrame ? BlackBars(of: whole)?.content : nil
    let visible = content.map { whole.cropped(to: $0) } ?? whole
    let map = AffineMap.translation(x: content?.x ?? 0, y: content?.y ?? 0).then(picture.toSource)
    var faces = try detector.detect(visible, reducedBy: picture.box)
    if let landmarks { faces = try faces.map { try landmarks.completed($0, in: visible) } }
    faces = faces.map { $0.mapped(by: map) }.sorted { ($0.box.x, $0.box.y) < ($1.box.x, $1.box.y) }
    var result = DetectionResult(
      detector: detector.name, size: picture.size, faces: faces,
      content: content.map { $0.mapped(by: picture.toSource) })
    if isVideoFrame, !faces.isEmpty {
      result.captions = try Captions.find(in: visible, at: content).map { $0.mapped(by: picture.toSource) }
    }
    return result
  }
}
