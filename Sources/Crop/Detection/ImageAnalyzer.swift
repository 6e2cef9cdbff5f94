import Dataset
import Imaging
import Vision

/// What was found in an image before anything is cut, in its pixels after EXIF orientation.
///
/// It depends on the image and the detector alone: another size, framing or border needs no new detection.
struct DetectionResult: Sendable, Equatable, Codable {
  /// The detector's name.
  var detector: String
  /// The image's size.
  var size: PixelSize
  /// All faces, from left to right.
  var faces: [DetectedFace]
  /// The picture without its black bars; nil if it has none, or they were not looked for.
  var content: Box?
  /// Lines of text over the picture.
  var captions: [Box] = []
}

/// Looks for the faces of an image, and in frames of videos for black bars and captions.
struct ImageAnalyzer {
  let detector: any FaceDetector
  let landmarks: LandmarkNetwork?

  /// Analyzes one image.
  ///
  /// - Parameters:
  ///   - picture: Any image.
  ///   - isVideoFrame: Whether it may be the frame of a video, with black bars and captions.
  /// - Returns: What was found, in the image's pixels.
  /// - Throws: `VisionError`.
  func analyze(_ picture: ImageBuffer, isVideoFrame: Bool) throws -> DetectionResult {
    // Detectors get what a person would see: transparent pixels are white.
    let whole = picture.format == .rgba ? picture.composited(on: [255, 255, 255]) : picture
    let content = isVideoFrame ? BlackBars(of: whole)?.content : nil
    let visible = content.map { whole.cropped(to: $0) } ?? whole
    let offset = AffineMap.translation(x: content?.x ?? 0, y: content?.y ?? 0)
    var faces = try detector.detect(visible)
    if let landmarks { faces = try faces.map { try landmarks.completed($0, in: visible) } }
    faces = faces.map { $0.mapped(by: offset) }.sorted { ($0.box.x, $0.box.y) < ($1.box.x, $1.box.y) }
    var result = DetectionResult(detector: detector.name, size: picture.size, faces: faces, content: content)
    if isVideoFrame, !faces.isEmpty { result.captions = try Captions.find(in: visible, at: content) }
    return result
  }
}
