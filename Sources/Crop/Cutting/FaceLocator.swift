public import Dataset
public import Imaging

/// A face of an image, and which square of the image its crop shows.
public struct LocatedFace: Sendable {
  /// The face's number among the image's faces, from 0, from left to right.
  public var number: Int
  /// The face in source pixels.
  public var face: Sample.Face
  /// The face from brow to chin and from cheek to cheek, in source pixels; nil if the face gets no crop.
  var extent: Box?
  /// The square of the source that the crop shows; nil if the face gets no crop.
  public var square: CropSquare?
  /// Why the face gets no crop.
  public var reason: Reason?
  /// One sentence about why.
  public var detail: String?

  /// The face with its extent in the pixels of a crop, to which `map` leads from source pixels.
  public func face(in map: AffineMap) -> Sample.Face {
    var face = face
    face.extent = extent?.mapped(by: map)
    return face
  }
}

/// Why an image as a whole gives no crops.
public struct Refusal: Sendable, Equatable {
  /// The code.
  public var reason: Reason
  /// One sentence.
  public var detail: String?
}

/// Finds the faces of an image and where their crops would be, without cutting any pixels.
public struct FaceLocator {
  let selection: FaceSelection
  private let analyzer: ImageAnalyzer
  private let isVideoFrame: Bool

  /// A locator for faces that `detector` finds.
  ///
  /// - Parameters:
  ///   - settings: How faces are selected and framed.
  ///   - detector: Finds the faces.
  ///   - isVideoFrame: Whether images may be frames of videos, with black bars and captions.
  ///   - landmarks: Finds 68 points in each face; nil for the detector's own points.
  ///   - leader: The other domain's framing, which `matched` begins with.
  ///   - match: The zoom and shift of a matched framing, from the dataset that it belongs to.
  public init(
    settings: CropSettings, detector: any FaceDetector, isVideoFrame: Bool, landmarks: LandmarkNetwork? = nil,
    leader: CropSettings.Framing = .photo2cartoon, match: FramingComparison? = nil
  ) {
    var rule = FramingRule(settings.framing, leader: leader)
    if settings.framing == .matched, let match {
      rule = rule.moved(by: .init(zoom: match.zoom, right: match.right, down: match.down))
    }
    selection = FaceSelection(settings: settings, rule: rule)
    analyzer = ImageAnalyzer(detector: detector, landmarks: landmarks)
    self.isVideoFrame = isVideoFrame
  }

  /// The faces of `image` that the settings ask for, and where their crops would be.
  ///
  /// - Returns: The faces; and why there is none, if the image as a whole is refused.
  /// - Throws: `VisionError`.
  public func locate(in image: ImageBuffer) throws -> (faces: [LocatedFace], refusal: Refusal?) {
    selection.locate(try analyze(image))
  }

  /// Everything that is found in `image`.
  func analyze(_ image: ImageBuffer) throws -> DetectionResult {
    try analyzer.analyze(image, isVideoFrame: isVideoFrame)
  }
}
