import Crop
package import Dataset
import Foundation
import Imaging
import Mask
import Models
import Terminal

/// Translates the faces of a video and writes the result as a video, with the sound and the times of the frames unchanged.
///
/// The video is read twice, so that no frames are kept: first the faces of all frames are found and followed, then each face is
/// cropped by its smoothed square, masked, translated and pasted back.
package struct VideoTranslation: Sendable {
  private let plan: PreparationPlan
  private let output: PreparationPlan.VideoOutput
  private let source: String
  /// The path of easel-train and the arguments of `easel translate`.
  private let trainer: (program: String, arguments: [String])
  private let framing: TrainedFraming
  private let store: ModelStore

  /// A translation of the first input of `plan`.
  ///
  /// - Parameters:
  ///   - plan: The plan of easel-train.
  ///   - output: The video to write.
  ///   - program: The path of easel-train.
  ///   - arguments: The arguments of `easel translate`.
  package init(
    _ plan: PreparationPlan, to output: PreparationPlan.VideoOutput, with program: String,
    _ arguments: [String]
  ) {
    (self.plan, self.output, source) = (plan, output, plan.inputs.first ?? "")
    trainer = (program, arguments)
    framing = TrainedFraming(plan)
    store = ModelStore(folder: plan.models.map { URL(fileURLWithPath: $0) })
  }

  /// Translates the video.
  ///
  /// - Returns: The number of frames, of frames without a face, and the damage of the video.
  /// - Throws: `VideoError`, `DetectorError`, `ModelError`, `VisionError`, `MaskError`, `WriteError`, `CancellationError`.
  package func run() async throws -> VideoReport {
    let target = URL(fileURLWithPath: output.path)
    guard target.resolvingSymlinksInPath() != URL(fileURLWithPath: source).resolvingSymlinksInPath() else {
      throw VideoError(
        reason: "same-file", sentence: "\(source) is both the input and --to; choose another name with --to")
    }
    // Everything that could fail is started before the long search.
    let translator = try TranslatorProcess(trainer.program, trainer.arguments)
    let detector = try framing.detector(store)
    let video = try await survey(detector, side: translator.side)
    guard video.tracks.count > 0 else {
      throw VideoError(
        reason: .noFace,
        sentence:
          "no face was found in the \(video.frames.count) frames of \(source), so nothing was written; "
          + "check --direction: AtoB translates photographed faces, BtoA anime faces")
    }
    var report = VideoReport(
      path: source, output: target.path, frames: video.frames.count, tracks: video.tracks.count)
    report.damage = video.damage
    try await AtomicFile.make(target) { path in
      report.withoutFace = try await translate(video, with: translator, to: path, detector)
    }
    return report
  }

  /// What the first reading found.
  private struct Survey {
    var frames: [FaceTracks.Frame] = []
    /// The parts of frames without black bars.
    var contents: [Box?] = []
    var tracks = FaceTracks([])
    var damage: String?
    var description: VideoEncoder.Description?
  }

  /// Finds and follows the faces of all frames, and checks that ffmpeg can write the video.
  private func survey(_ detector: DetectorFactory, side: Int) async throws -> Survey {
    var result = Survey()
    let frames = try VideoFrames(path: source, every: .frames(1))
    var bar = FrameProgress("find faces", total: nil, isShown: plan.showsProgress)
    defer { bar.finish() }
    let (framing, store) = (framing, store)
    var last = FrameFaces(faces: [])
    try await orderedMap(frames, jobs: plan.jobs) {
      try framing.makeLocator(detector, store)
    } work: { frame, locator in
      // A repeated picture has the same faces.
      frame.repeated == nil ? try locator.locate(inFrame: frame.image) : nil
    } deliver: { frame, found in
      last = found ?? last
      if result.frames.isEmpty {
        let video = VideoEncoder.Description(
          format: output.format,
          size: output.showsFaceAlone ? PixelSize(width: side, height: side) : frame.image.size,
          timeBase: frames.timeBase ?? TimeBase(numerator: 1, denominator: 1000), start: frame.ticks,
          source: source)
        try check(video)
        result.description = video
      }
      result.frames.append(FaceTracks.Frame(time: frame.time, scene: frame.scene, faces: last.faces))
      result.contents.append(last.content)
      bar.advance()
    }
    if let failure = frames.failure {
      guard !result.frames.isEmpty, failure.reason != "no-ffmpeg" else {
        throw VideoError(reason: failure.reason, sentence: "\(source): \(failure.sentence)")
      }
      result.damage = failure.sentence
    } else {
      result.damage = frames.damage
    }
    result.tracks = FaceTracks(result.frames)
    return result
  }

  /// Checks that ffmpeg can write such a video, by writing its first moment.
  private func check(_ video: VideoEncoder.Description) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(
      "easel-\(UUID().uuidString).video")
    defer { try? FileManager.default.removeItem(at: file) }
    var video = video
    video.limit = 0.2
    let encoder = try VideoEncoder(video, to: file.path)
    try encoder.append(
      ImageBuffer(width: video.size.width, height: video.size.height, format: .rgb, filledWith: [0, 0, 0]),
      ticks: video.start)
    try encoder.finish()
  }

  /// Translates and writes all frames.
  ///
  /// - Returns: The number of frames without a face.
  private func translate(
    _ video: Survey, with translator: TranslatorProcess, to path: String, _ detector: DetectorFactory
  ) async throws -> Int {
    guard let description = video.description else { return 0 }
    let encoder = try VideoEncoder(description, to: path)
    var writer = FrameWriter(encoder, translator, batch: output.batch, showsFaceAlone: output.showsFaceAlone)
    let frames = try VideoFrames(path: source, every: .frames(1))
    var bar = FrameProgress("translate", total: video.frames.count, isShown: plan.showsProgress)
    defer { bar.finish() }
    let (framing, store, side, main) = (framing, store, translator.side, video.tracks.mainFaces)
    let isAlone = output.showsFaceAlone
    try await orderedMap(frames.enumerated(), jobs: plan.jobs) {
      (
        locator: try framing.makeLocator(detector, store),
        masker: try ForegroundExtractor(.auto) { try store.require($0, for: "masking") }
      )
    } work: { frame, tools -> [MaskedFace] in
      // The second reading has the same frames as the first, unless the file is being changed.
      guard video.frames.indices.contains(frame.offset) else { return [] }
      let faces = isAlone ? main[frame.offset].map { [$0] } ?? [] : video.tracks.frames[frame.offset]
      return try faces.compactMap { face in
        let crop = try tools.locator.crop(
          face.square, of: frame.element.image, side: side, content: video.contents[frame.offset])
        return try maskedFace(face, crop, of: frame.element.image, tools.masker)
      }
    } deliver: { frame, faces in
      try writer.append(frame.element, faces)
      bar.advance()
    }
    if let failure = frames.failure, writer.count == 0 { throw failure }
    try writer.flush()
    try encoder.finish()
    return writer.withoutFace
  }

  /// A crop with its mask; nil if it has no foreground.
  private func maskedFace(
    _ face: FaceTracks.Face, _ crop: ImageBuffer, of frame: ImageBuffer, _ masker: ForegroundExtractor
  ) throws -> MaskedFace? {
    let map = face.square.map(toSide: crop.width)
    let shape: HeadShape = plan.domain == .a ? .photo : .anime
    var subject = MaskSubject(
      crop,
      face: FaceGuide(face.located.face(in: map), in: map, shape: shape),
      origin: MaskSubject.Origin(
        file: URL(fileURLWithPath: source), kind: plan.domain == .a ? .photos : .screenshots, parts: [],
        matrix: map,
        size: frame.size))
    subject.shape = shape
    subject.ignoresOutside = framing.settings.border == .white
    let cutout = try masker(subject)
    guard !cutout.summary.flags.contains("empty"), let alpha = cutout.image.alpha else { return nil }
    return MaskedFace(picture: cutout.image.composited(on: [255, 255, 255]), alpha: alpha, matrix: map)
  }
}

/// The result of translating a video.
package struct VideoReport: Sendable {
  /// The video that was read.
  package let path: String
  /// The video that was written.
  package let output: String
  /// The number of frames.
  package let frames: Int
  /// The number of faces that were followed, each counted once in a scene.
  package let tracks: Int
  /// The number of frames without a face, which are unchanged.
  package var withoutFace = 0
  /// Why the video could not be read to its end, or its damage; nil if it is intact.
  package var damage: String?

  init(path: String, output: String, frames: Int, tracks: Int) {
    (self.path, self.output, self.frames, self.tracks) = (path, output, frames, tracks)
  }
}
