public import Dataset
public import Foundation
import Imaging
import Ledger
import Vision

/// Crops named image files into a plain folder, without ledger or settings file.
///
/// One face becomes `<name>.png`, several become `<name>_1.png`, `<name>_2.png` and so on (`ResultNames`),
/// from left to right. Only `CropStage` reads videos.
public struct CropFolder: Sendable {
  private let settings: CropSettings
  private let searchedFace: Int
  private let size: Int
  private let domain: Domain
  private let jobs: Int
  private let reporter: any StageReporter
  private let detectors: DetectorCatalogue

  /// A cropper for files of one domain.
  ///
  /// - Parameters:
  ///   - settings: How faces are found and framed.
  ///   - searchedFace: The side of the smallest face for which large images are searched, in source pixels. Smaller faces that
  ///     are found too are cropped if they have `settings.minFace` pixels.
  ///   - size: The crops' side in pixels.
  ///   - domain: Photographs (A) or anime (B); it decides which detector `auto` chooses.
  ///   - jobs: How many files are processed at a time.
  ///   - reporter: Receives a report for each file.
  ///   - detectors: Makes the detector.
  public init(
    settings: CropSettings, searchedFace: Int, size: Int, domain: Domain, jobs: Int,
    reporter: any StageReporter, detectors: DetectorCatalogue
  ) {
    (self.settings, self.searchedFace, self.size, self.domain) = (settings, searchedFace, size, domain)
    (self.jobs, self.reporter, self.detectors) = (jobs, reporter, detectors)
  }

  /// Crops `inputs` into `folder`.
  ///
  /// - Throws: `DetectorError` if a model is missing; `WriteError`; `CancellationError`.
  public func run(_ inputs: PlainInputs, to folder: URL) async throws -> StageSummary {
    var summary = StageSummary(stage: .crop)
    reporter.stageStarted(.crop, total: inputs.files.count)
    if let note = inputs.note { reporter.note(note) }
    for path in inputs.closed { report(.unreadableFolder(path), &summary) }
    let makeDetector = try detectors.detector(settings.detector, for: domain, minFace: searchedFace)
    let (settings, searchedFace, size, names) = (settings, searchedFace, size, inputs.resultNames)
    try await orderedMap(inputs.files, jobs: jobs) {
      FaceCropper(
        FaceLocator(settings: settings, detector: try makeDetector(), isVideoFrame: domain == .b), size: size)
    } work: { input, cutter in
      try CropFolder.crop(input, cutter, minFace: searchedFace, to: folder, names)
    } deliver: { _, item in
      report(item, &summary)
    }
    reporter.stageFinished(summary)
    return summary
  }

  private func report(_ item: ItemReport, _ summary: inout StageSummary) {
    summary.count(item)
    reporter.itemFinished(item, of: .crop)
  }

  /// Crops the faces of one file.
  ///
  /// Errors that concern this file alone become part of its report.
  private static func crop(
    _ input: PlainInputs.File, _ cutter: FaceCropper, minFace: Int, to folder: URL, _ names: ResultNames
  ) throws -> ItemReport {
    do {
      let picture = try SourcePicture(path: input.path, minFace: minFace)
      let cuts = try cutter.cut(picture)
      let kept = cuts.faces.filter { $0.reason == nil }
      guard !kept.isEmpty else {
        let (why, detail) =
          cuts.refusal.map { ($0.reason, $0.detail) }
          ?? cuts.faces.first.map { ($0.reason ?? .noFace, $0.detail) } ?? (.noFace, nil)
        return ItemReport(path: input.path, status: .skipped, why: why, detail: detail)
      }
      var outputs: [String] = []
      for (name, cut) in zip(names(input.name, count: kept.count), kept) {
        guard let pixels = cut.pixels else { continue }
        let url = folder.appendingPathComponent(name + ".png")
        try AtomicFile.write(pixels.png(), to: url)
        outputs.append(url.path)
      }
      return ItemReport(path: input.path, status: .done, detail: picture.note, outputs: outputs)
    } catch let error as any ItemFailure {
      return ItemReport(path: input.path, status: .failed, why: error.reason, detail: error.sentence)
    } catch let error as VisionError {
      return ItemReport(path: input.path, status: .failed, why: .notCroppable, detail: error.description)
    }
  }
}
