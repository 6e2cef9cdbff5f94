public import Dataset
public import Foundation
import Imaging
public import Ledger
import Vision

/// Cuts the figures out of all crops whose cutout is missing or outdated.
public struct MaskStage: Sendable {
  /// Count what there is to do, and do nothing.
  public var dryRun = false

  let settings: Settings
  let output: OutputFolder
  let ledger: Ledger
  let edits: EditFolder
  private let jobs: Int
  private let reporter: any StageReporter
  let models: @Sendable (String) throws -> URL

  /// A stage over the crops of `ledger`.
  ///
  /// - Parameters:
  ///   - settings: Which method each domain has.
  ///   - output: Where crops are and cutouts go.
  ///   - ledger: Knows the crops, and is told of the masks.
  ///   - jobs: How many crops are in hand at a time, at least 1.
  ///   - reporter: Is told of every crop.
  ///   - models: Where a model lies, by its name.
  public init(
    settings: Settings, output: OutputFolder, ledger: Ledger, jobs: Int, reporter: any StageReporter,
    models: @escaping @Sendable (String) throws -> URL
  ) {
    (self.settings, self.output, self.ledger) = (settings, output, ledger)
    (self.jobs, self.reporter, self.models) = (jobs, reporter, models)
    edits = EditFolder(output)
  }

  /// Masks what is missing or outdated.
  ///
  /// A crop that cannot be masked is a reported item; a full disk or a broken ledger ends the stage, and so does a
  /// network that is not here.
  ///
  /// - Parameter wanted: The samples to look at; nil for all. A person waits for these, so nothing else is done.
  /// - Returns: What became of them.
  /// - Throws: `WriteError`, `LedgerError`, `VisionError`, what `models` throws, `CancellationError`.
  public func run(only wanted: Set<String>? = nil) async throws -> StageSummary {
    var summary = StageSummary(stage: .mask)
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
    reporter.began(.mask, total: pending.count)
    try await orderedMap(pending, jobs: jobs) {
      Makers(models: models)
    } work: { item, makers in
      try mask(item, makers)
    } deliver: { _, result in
      try ledger.record(result.row)
      summary.count(result.report)
      reporter.finished(result.report, of: .mask)
    }
    reporter.ended(summary)
    return summary
  }

  private func allItems() throws -> [(item: MaskItem, mask: MaskRow?)] {
    let masks = try ledger.masks()
    return try Domain.allCases.flatMap { try items(of: $0) }.map { ($0, masks[$0.crop.id]) }
  }

  /// The cutout that `method` would make of sample `id`, without a person's strokes and without keeping it.
  ///
  /// - Returns: Nil where there is no such crop.
  /// - Throws: `MaskError`, `ImagingError`, `VisionError`, `LedgerError`, what `models` throws.
  public func preview(_ id: String, by method: MaskSettings.Method) throws -> Cutout? {
    guard let item = try items(called: [id]).first?.item else { return nil }
    return try cutout(of: item, with: MaskEdit(method: method), Makers(models: models))
  }

  /// The cutout of `item` with what a person changed about it.
  func cutout(of item: MaskItem, with edit: MaskEdit?, _ makers: Makers) throws -> Cutout {
    let maker = try makers.maker(edit?.method ?? item.method, item.model)
    let crop = try ImageFile.read(output.crop(item.crop.id)).image
    let strokes = try edit?.layer(on: crop.size, cut: item.crop.cut)
    return try maker(item.subject(crop, strokes: strokes))
  }

  /// What became of a crop.
  private struct Outcome: Sendable {
    var row: MaskRow
    var report: ItemReport
  }

  /// The makers of one worker, made when first needed.
  final class Makers {
    private var made: [String: Result<CutoutMaker, SegmentationFailure>] = [:]
    private let models: @Sendable (String) throws -> URL

    init(models: @escaping @Sendable (String) throws -> URL) { self.models = models }

    /// The maker for `method` with `model`; a network that cannot be read is so once for all.
    func maker(_ method: MaskSettings.Method, _ model: String) throws -> CutoutMaker {
      let key = "\(method.rawValue) \(model)"
      if let maker = made[key] { return try maker.get() }
      do {
        let maker = try CutoutMaker(method, model: model, models: models)
        made[key] = .success(maker)
        return maker
      } catch let failure as SegmentationFailure {
        made[key] = .failure(failure)
        throw failure
      }
    }
  }

  /// Whether `row` speaks of `item` as it is now, and the cutout that it speaks of is there.
  private func isCurrent(_ row: MaskRow, of item: MaskItem) -> Bool {
    guard row.digest == item.digest else { return false }
    return row.summary.method.isEmpty
      || FileManager.default.fileExists(atPath: output.cutout(row.id).path)
  }

  private func mask(_ item: MaskItem, _ makers: Makers) throws -> Outcome {
    do {
      let cutout = try cutout(of: item, with: try edits.edit(of: item.crop.id), makers)
      let url = output.cutout(item.crop.id)
      try AtomicFile.write(try cutout.image.png(), to: url)
      var row = MaskRow(id: item.crop.id, summary: cutout.summary, digest: item.digest)
      var report = ItemReport(path: item.path, status: .done, outputs: [url.path])
      if cutout.summary.flags.contains("empty") {
        row.reason = Reason.maskEmpty
        row.detail =
          "no figure was found in it (method \(cutout.summary.method)); paint one, or choose another method"
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

  /// What became of a crop without a mask: its reason is kept, and where nothing but other settings can help, it is not tried
  /// again.
  private func unmasked(_ item: MaskItem, _ reason: Reason, _ sentence: String, isFinal: Bool) -> Outcome {
    var row = MaskRow(
      id: item.crop.id, summary: Sample.MaskSummary(method: "", coverage: 0),
      digest: isFinal ? item.digest : "")
    (row.reason, row.detail) = (reason, sentence)
    return Outcome(
      row: row, report: ItemReport(path: item.path, status: .failed, why: reason, detail: sentence))
  }
}
