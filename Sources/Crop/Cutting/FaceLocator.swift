public import Dataset
public import Imaging

/// A face of an image, with the square of the image that its crop shows.
public struct LocatedFace: Sendable {
  /// The face's number among the image's faces, from 0, from left to right.
  public var number: Int
  /// The face in source pixels.
  public var face: Sample.Face
  /// The square of the source that the crop shows; nil if the face gets no crop.
  public var square: CropSquare?
  /// Why the face gets no crop.
  public var reason: Reason?
  /// One sentence about why.
  public var detail: String?
  /// The box from brow to chin and from cheek to cheek in source pixels, after the face is rotated upright
  /// about its center.
  var extent: Box

  /// The face with its extent in crop pixels.
  ///
  /// - Parameter map: Source pixels to crop pixels.
  /// - Returns: The face with its extent.
  public func face(in map: AffineMap) -> Sample.Face {
    var face = face
    face.extent = extent.mapped(by: map)
    return face
  }
}

/// Why an image as a whole is rejected.
public struct Refusal: Sendable, Equatable {
  /// The stable reason code.
  public var reason: Reason
  /// One sentence for people.
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
  ///   - detector: Detects the faces.
  ///   - isVideoFrame: Whether images may be frames of videos, with black bars and captions.
  ///   - landmarks: Finds 68 points in each face; nil for the detector's own points.
  ///   - leader: The other domain's framing, from which `matched` starts.
  ///   - fit: The dataset's solution of `framing: fit`; nil if there is none.
  ///   - match: The zoom and shift of this domain's crops in the dataset, from `framing: matched`; nil if
  ///     there is none.
  public init(
    settings: CropSettings, detector: any FaceDetector, isVideoFrame: Bool, landmarks: LandmarkNetwork? = nil,
    leader: CropSettings.Framing = .photo2cartoon, fit: FittedFraming? = nil, match: FramingComparison? = nil
  ) {
    var rule = FramingRule(settings.framing, leader: leader)
    if let fit { rule = rule.with(margins: fit.margins) }
    if let match {
      rule = rule.moved(by: .init(zoom: match.zoom, right: match.right, down: match.down))
    }
    selection = FaceSelection(settings: settings, rule: rule)
    analyzer = ImageAnalyzer(detector: detector, landmarks: landmarks)
    self.isVideoFrame = isVideoFrame
  }

  /// Finds the faces of `image` that the settings select, and where their crops would be.
  ///
  /// - Returns: The faces; if the image as a whole is rejected, none and the reason.
  /// - Throws: `VisionError`.
  public func locate(in image: ImageBuffer) throws -> (faces: [LocatedFace], refusal: Refusal?) {
    try locate(in: SourcePicture(image))
  }

  /// Finds the faces of a picture that the settings select, and where their crops would be, in source pixels.
  ///
  /// - Returns: The faces; if the image as a whole is rejected, none and the reason.
  /// - Throws: `VisionError`.
  public func locate(in picture: SourcePicture) throws -> (faces: [LocatedFace], refusal: Refusal?) {
    selection.locate(try analyze(picture))
  }

  /// Detects everything in `picture`: all faces, black bars and captions.
  func analyze(_ picture: SourcePicture) throws -> DetectionResult {
    try analyzer.analyze(picture, isVideoFrame: isVideoFrame)
  }

  /// As `analyze`, for a picture that is the frame of a video.
  func analyzeFrame(_ picture: SourcePicture) throws -> DetectionResult {
    try analyzer.analyze(picture, isVideoFrame: true)
  }
}
