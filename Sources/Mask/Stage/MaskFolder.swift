public import Dataset
public import Foundation
public import Imaging
import Vision

/// Masks the images of plain folders, without settings file and ledger.
///
/// `findHead` detects the face in each image; without it, a centred head is assumed. The results are PNG files with the
/// inputs' relative paths and stems.
public struct MaskFolder: Sendable {
  /// The head in an image that has no record.
  public struct Head: Sendable {
    /// The face; nil if none was found.
    public var face: FaceGuide?
    /// The kind of head.
    public var shape: HeadShape

    /// A head with the given values.
    public init(face: FaceGuide?, shape: HeadShape) { (self.face, self.shape) = (face, shape) }
  }

  /// Makes a function that finds the head in an image; called once for each worker.
  public typealias HeadFinder = @Sendable () throws -> (ImageBuffer) throws -> Head

  /// The input files and folders.
  public var inputs: [String]
  /// The folder for the results.
  public var target: URL
  /// The method; the default is `auto`.
  public var method = MaskSettings.Method.auto
  /// The network of `segment`; the default is the portrait network.
  public var model = "sinet"
  /// The background of the results; the default is transparent.
  public var background = Background.transparent
  /// The number of images that are masked at the same time.
  public var jobs = 1
  /// Finds the heads; nil to assume the position of `photo2cartoon`'s framing.
  public var findHead: HeadFinder?
  /// Whether images are only counted and nothing is written.
  public var dryRun = false

  /// Masks `inputs` into `target`.
  public init(_ inputs: [String], to target: URL) { (self.inputs, self.target) = (inputs, target) }

  /// Masks every input; a file that cannot be read is reported as a failed item.
  ///
  /// - Parameters:
  ///   - reporter: Receives the result of every file.
  ///   - models: The file of a model by its name.
  /// - Returns: The numbers of masked, skipped and failed images.
  /// - Throws: `WriteError`, `VisionError` for a network that cannot be loaded, what `models` throws,
  ///   `CancellationError`.
  public func run(
    reporter: any StageReporter, models: @escaping @Sendable (String) throws -> URL
  ) async throws -> StageSummary {
    var summary = StageSummary(stage: .mask)
    let plain = PlainInputs(inputs, excluding: target)
    if let note = plain.note, !dryRun { reporter.note(note) }
    for folder in plain.closed {
      let report = ItemReport(
        path: folder, status: .failed, why: "permission-denied", detail: "the folder cannot be opened")
      summary.count(report)
      if !dryRun { reporter.finished(report, of: .mask) }
    }
    if dryRun {
      summary.notes.append("\(plain.files.count) files would be masked")
      return summary
    }
    reporter.began(.mask, total: plain.files.count)
    try await orderedMap(plain.files, jobs: jobs) { [method, model, findHead] in
      Result {
        Tools(extractor: try ForegroundExtractor(method, model: model, models: models), find: try findHead?())
      }
    } work: { file, tools in
      try report(file, tools)
    } deliver: { _, report in
      summary.count(report)
      reporter.finished(report, of: .mask)
    }
    reporter.ended(summary)
    return summary
  }

  /// The tools of one worker.
  private struct Tools {
    let extractor: ForegroundExtractor
    let find: ((ImageBuffer) throws -> Head)?
  }

  /// The image with its head; an image with alpha needs no search.
  private func subject(_ image: ImageBuffer, _ tools: Tools) throws -> MaskSubject {
    var subject = MaskSubject(image)
    let searches = method == .segment || method == .colorModel || method == .auto && subject.alpha == nil
    guard searches, let head = try tools.find?(image) else { return subject }
    (subject.face, subject.shape) = (head.face, head.shape)
    return subject
  }

  private func report(_ file: PlainInputs.File, _ tools: Result<Tools, any Error>) throws -> ItemReport {
    let url = target.appendingPathComponent(file.name + ".png")
    do {
      let image = try ImageFile.read(path: file.path).image
      let tools = try tools.get()
      let cutout = try tools.extractor(try subject(image, tools))
      try AtomicFile.write(try cutout.image.composited(on: background, over: image).png(), to: url)
      guard cutout.summary.flags.contains("empty") else {
        return ItemReport(path: file.path, status: .done, outputs: [url.path])
      }
      return ItemReport(
        path: file.path, status: .skipped, why: .maskEmpty, detail: "no foreground was found in the image",
        outputs: [url.path])
    } catch let error as ImagingError where error.code == .notAnImage {
      return ItemReport(path: file.path, status: .skipped, why: error.reason, detail: error.sentence)
    } catch let error as any ItemFailure {
      return ItemReport(path: file.path, status: .failed, why: error.reason, detail: error.sentence)
    } catch let error as VisionError {
      return ItemReport(path: file.path, status: .failed, why: "mask-failed", detail: "\(error)")
    }
  }
}

extension ImageBuffer {
  /// This cutout on `background`; `keep` returns the opaque `image` itself.
  fileprivate func composited(on background: Background, over image: ImageBuffer) -> ImageBuffer {
    switch background {
    case .white: composited(on: [255, 255, 255])
    case .transparent: self
    case .color(let red, let green, let blue): composited(on: [red, green, blue])
    case .keep: image.converted(to: .rgb)
    }
  }
}
