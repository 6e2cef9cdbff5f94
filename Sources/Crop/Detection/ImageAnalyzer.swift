import Dataset
import Imaging
import Vision

/// What was found in an image before anything is cut, in its pixels after orientation.
///
/// It depends on the image and on who looked, on no other setting: another size, framing or border is cut from it anew.
struct DetectionResult: Sendable, Equatable, Codable {
  /// The detector's name.
  var detector: String
  /// The image's size.
  var size: PixelSize
  /// All faces, from left to right.
  var faces: [DetectedFace]
  /// The picture without black bars; nil where it has none, or nobody looked for them.
  var content: Box?
  /// Lines of text that lie over the picture.
  var captions: [Box] = []
}

/// Looks at images: for faces, and at screenshots for black bars and captions.
struct ImageAnalyzer {
  let detector: any FaceDetector
  let landmarks: LandmarkNetwork?

  /// What there is in `picture`.
  ///
  /// - Parameters:
  ///   - picture: Any image.
  ///   - isVideoFrame: Whether it may be the frame of a film, with black bars and captions.
  /// - Returns: What was found, in the image's pixels.
  /// - Throws: `VisionError`.
  func look(at picture: ImageBuffer, isVideoFrame: Bool) throws -> DetectionResult {
    // Detectors look at what a person would see: what is transparent is white.
    let whole = picture.format == .rgba ? picture.composited(on: [255, 255, 255]) : picture
    let content = isVideoFrame ? BlackBars(of: whole)?.content : nil
    let seen = content.map { whole.cropped(to: $0) } ?? whole
    let place = AffineMap.translation(x: content?.x ?? 0, y: content?.y ?? 0)
    var faces = try detector.detect(seen)
    if let landmarks { faces = try faces.map { try landmarks.completed($0, in: seen) } }
    faces = faces.map { $0.mapped(by: place) }.sorted { ($0.box.x, $0.box.y) < ($1.box.x, $1.box.y) }
    var detection = DetectionResult(
      detector: detector.name, size: picture.size, faces: faces, content: content)
    if isVideoFrame, !faces.isEmpty {
      detection.captions = try Captions.find(in: seen).map {
        Box(x: $0.x + place.c, y: $0.y + place.f, width: $0.width, height: $0.height)
      }
    }
    return detection
  }
}

extension ImageBuffer {
  /// The part of the image in a box of whole pixels.
  func cropped(to box: Box) -> ImageBuffer {
    cropped(x: Int(box.x), y: Int(box.y), width: Int(box.width), height: Int(box.height))
  }
}
