public import Imaging

/// The record of one captured picture: a line of `captures.jsonl`.
public struct CaptureRecord: Sendable, Hashable, Codable {
  /// The picture's name in the folder.
  public var fileName: String
  /// When it was taken, ISO 8601 in UTC with milliseconds.
  public var time: String
  /// The title of the window in the frame's middle; nil if there is none.
  public var window: String?
  /// The frame on the screen: left, top, width, height in pixels.
  public var frame: Box
  /// The face that the frame snapped to, in the picture's pixels.
  public var face: ScreenFace?

  private enum CodingKeys: String, CodingKey {
    case fileName = "file_name"
    case time, window, frame, face
  }

  /// Writes null for unknown fields, so that every line has the same keys.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(fileName, forKey: .fileName)
    try fields.encode(time, forKey: .time)
    try fields.encode(window, forKey: .window)
    try fields.encode(frame, forKey: .frame)
    try fields.encode(face, forKey: .face)
  }
}

/// A face on the screen, as a detector found it.
public struct ScreenFace: Sendable, Hashable, Codable {
  /// The detector's name.
  public var detector: String
  /// The confidence, 0 to 1.
  public var score: Double
  /// The detector's box.
  public var box: Box
  /// The upright square that a crop of the face would be cut from.
  public var square: Box

  /// A face from all its fields.
  public init(detector: String, score: Double, box: Box, square: Box) {
    (self.detector, self.score, self.box, self.square) = (detector, score, box, square)
  }

  /// The same face, scaled by `scale` and then shifted.
  func mapped(scale: Double = 1, dx: Double = 0, dy: Double = 0) -> ScreenFace {
    func map(_ box: Box) -> Box {
      Box(
        x: box.x * scale + dx, y: box.y * scale + dy, width: box.width * scale, height: box.height * scale)
    }
    return ScreenFace(detector: detector, score: score, box: map(box), square: map(square))
  }
}
