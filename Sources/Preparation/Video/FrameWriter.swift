import Crop
import Dataset
import Imaging

/// A crop of a face with its mask.
struct MaskedFace: Sendable {
  /// The face on white, RGB.
  var picture: ImageBuffer
  /// The grey mask.
  var alpha: ImageBuffer
  /// Pixels of the frame to pixels of the crop.
  var matrix: AffineMap
}

/// Translates the faces of frames, a few at once, and writes the frames in order.
struct FrameWriter {
  private let encoder: VideoEncoder
  private let translator: TranslatorProcess
  private let batch: Int
  private let showsFaceAlone: Bool
  private var waiting: [(frame: VideoFrame, faces: [MaskedFace])] = []
  /// The last translated face; white before the first.
  private var lastFace: ImageBuffer
  /// The number of frames.
  private(set) var count = 0
  /// The number of frames without a face.
  private(set) var withoutFace = 0

  /// The largest number of frames that wait for a full batch, which bounds the memory.
  private static let longestWait = 32

  /// A writer that translates `batch` faces at once.
  init(_ encoder: VideoEncoder, _ translator: TranslatorProcess, batch: Int, showsFaceAlone: Bool) {
    (self.encoder, self.translator, self.batch, self.showsFaceAlone) = (
      encoder, translator, batch, showsFaceAlone
    )
    lastFace = ImageBuffer(
      width: translator.side, height: translator.side, format: .rgb, filledWith: [255, 255, 255])
  }

  /// Adds a frame with its faces.
  ///
  /// - Throws: `VideoError`, `CancellationError`.
  mutating func append(_ frame: VideoFrame, _ faces: [MaskedFace]) throws {
    waiting.append((frame, faces))
    count += 1
    if faces.isEmpty { withoutFace += 1 }
    let squares = waiting.reduce(0) { $0 + $1.faces.count }
    if squares >= batch || waiting.count >= Self.longestWait || squares == 0 { try flush() }
  }

  /// Translates and writes the waiting frames.
  ///
  /// - Throws: `VideoError`, `CancellationError`.
  mutating func flush() throws {
    let squares = waiting.flatMap { $0.faces.map(\.picture) }
    var translations: [ImageBuffer] = []
    for start in stride(from: 0, to: squares.count, by: batch) {
      translations += try translator.translate(Array(squares[start..<min(start + batch, squares.count)]))
    }
    var rest = translations[...]
    for (frame, faces) in waiting {
      let own = Array(rest.prefix(faces.count))
      rest = rest.dropFirst(faces.count)
      if showsFaceAlone {
        lastFace = own.first ?? lastFace
        try encoder.append(lastFace, ticks: frame.ticks)
      } else {
        var picture = frame.image
        for (face, translation) in zip(faces, own) {
          picture = picture.pasting(translation, mask: face.alpha, matrix: face.matrix)
        }
        try encoder.append(picture, ticks: frame.ticks)
      }
    }
    waiting = []
  }
}
