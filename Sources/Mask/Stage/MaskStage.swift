public import Dataset
public import Foundation
import Imaging
public import Ledger
import Vision

/// Removes the background of all crops whose cutout is missing or outdated.
public struct MaskStage: Sendable {
  /// Whether crops are only counted and nothing is written.
  public var dryRun = false

  package let settings: Settings
  package let output: OutputFolder
  package let ledger: Ledger
  package let edits: EditFolder
  /// The mask network of this dataset.
  package let learned: LearnedMaskNetwork.Choice
  private let jobs: Int
  private let reporter: any StageReporter
  package let models: @Sendable (String) throws -> URL

  /// A stage over the crops of `ledger`.
  ///
  /// - Parameters:
  ///   - settings: The settings, with the method of each domain.
  ///   - output: The folder of crops and cutouts.
  ///   - ledger: The database with the crops; masks are recorded there.
  ///   - jobs: The number of crops that are masked at the same time, at least 1.
  ///   - reporter: Receives the result of every crop.
  ///   - models: The file of a model by its name.
  public init(
    settings: Settings, output: OutputFolder, ledger: Ledger, jobs: Int, reporter: any StageReporter,
    models: @escaping @Sendable (String) throws -> URL
  ) {
    (self.settings, self.output, self.ledger) = (settings, output, ledger)
    (self.jobs, self.reporter, self.models) = (jobs, reporter, models)
    edits = EditFolder(output)
    learned = LearnedMaskNetwork(output).choice
  }

  /// Masks the crops whose cutout is missing or outdated.
  ///
  /// A crop that cannot be masked is reported as a failed item. A full disk, a broken ledger or a missing network ends the
  /// stage.
  ///
  /// - Parameter wanted: The only samples to mask, for interactive use; nil for all.
  /// - Returns: The counts of the stage.
  /// - Throws: `WriteError`, `LedgerError`, `VisionError`, what `models` throws, `CancellationError`.
  public func run(only wanted: Set<String>? = nil) async throws -> StageSummary {
    var summary = StageSummary(stage: .mask)
    if let note = learned.note { reporter.note(note) }
    var pending: [MaskItem] = []
    for (item, row) in try wanted.map({ try items(called: $0) }) ?? allItems() {
      if let row, isCurrent(row, of: item) {
        summary.unchanged += 1
      } else {
        pending.append(item)
      }
    }
    if dryRun {
      summary.notes.append("\(pending.count) of \(pending.count + summary.unchanged) crops would be masked")
      return summary
    }
    reporter.stageStarted(.mask, total: pending.count)
    try await orderedMap(pending, jobs: jobs) {
      ExtractorCache(learned: learned.file, models: models)
    } work: { item, extractors in
      try mask(item, extractors)
    } deliver: { _, result in
      try ledger.record(result.row)
      summary.count(result.report)
      reporter.itemFinished(result.report, of: .mask)
    }
    reporter.stageFinished(summary)
    return summary
  }

  private func allItems() throws -> [(item: MaskItem, mask: MaskRow?)] {
    let masks = try ledger.masks()
    return try Domain.allCases.flatMap { try items(of: $0) }.map { ($0, masks[$0.crop.id]) }
  }

  /// The cutout of sample `id` by another method, without painted strokes; nothing is saved.
  ///
  /// - Parameters:
  ///   - id: The sample.
  ///   - method: The method; nil for the one in the settings.
  /// - Returns: Nil if there is no such crop.
  /// - Throws: `MaskError`, `ImagingError`, `VisionError`, `LedgerError`, what `models` throws.
  public func preview(_ id: String, by method: MaskSettings.Method?) throws -> Cutout? {
    guard let item = try items(called: [id]).first?.item else { return nil }
    return try cutout(
      of: item, with: MaskEdit(method: method), ExtractorCache(learned: learned.file, models: models))
  }

  /// The cutout of `item` with `edit` applied.
  package func cutout(
    of item: MaskItem, with edit: MaskEdit?, _ extractors: ExtractorCache
  ) throws -> Cutout {
    let extractor = try extractors.extractor(edit?.method ?? item.method, item.model)
    let crop = try ImageFile.read(output.crop(item.crop.id)).image
    let strokes = try edit?.layer(on: crop.size, cut: item.crop.cut)
    return try extractor(item.subject(crop, strokes: strokes))
  }

  /// The result for one crop.
  private struct Outcome: Sendable {
    var row: MaskRow
    var report: ItemReport
  }

  /// Whether `row` describes the current `item`, and its cutout's file exists.
  private func isCurrent(_ row: MaskRow, of item: MaskItem) -> Bool {
    guard row.digest == item.digest else { return false }
    return row.summary.method.isEmpty
      || FileManager.default.fileExists(atPath: output.cutout(row.id).path)
  }

  private func mask(_ item: MaskItem, _ extractors: ExtractorCache) throws -> Outcome {
    do {
      let cutout = try cutout(of: item, with: try edits.edit(of: item.crop.id), extractors)
      let url = output.cutout(item.crop.id)
      try AtomicFile.write(try cutout.image.png(), to: url)
      var row = MaskRow(id: item.crop.id, summary: cutout.summary, digest: item.digest)
      var report = ItemReport(path: item.path, status: .done, outputs: [url.path])
      if cutout.summary.flags.contains("empty") {
        row.reason = Reason.maskEmpty
        row.detail =
          "no foreground was found in the crop (method \(cutout.summary.method)); paint it, or choose another method"
        (report.status, report.why, report.detail) = (ItemReport.Status.skipped, row.reason, row.detail)
      }
      return Outcome(row: row, report: report)
    } catch let error as MaskError {
      return unmasked(item, error.reason, error.sentence, isFinal: !error.isOfFiles)
    } catch let error as any ItemFailure {
      return unmasked(item, error.reason, error.sentence, isFinal: false)
    } catch let error as VisionError {
      return unmasked(item, "mask-failed", "\(error)", isFinal: false)
    }
  }

  /// The result for a crop without a mask; `isFinal` is whether only other settings can help, so that it is not tried again.
  private func unmasked(_ item: MaskItem, _ reason: Reason, _ sentence: String, isFinal: Bool) -> Outcome {
    var row = MaskRow(
      id: item.crop.id, summary: Sample.MaskSummary(method: "", coverage: 0),
      digest: isFinal ? item.digest : "")
    (row.reason, row.detail) = (reason, sentence)
    return Outcome(
      row: row, report: ItemReport(path: item.path, status: .failed, why: reason, detail: sentence))
  }
}
