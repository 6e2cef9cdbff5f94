public import Dataset
public import Foundation
import Imaging
public import Ledger
import Vision

/// Cuts the figures out of all crops whose cutout is missing or outdated.
public struct MaskStage: Sendable {
  /// Count what there is to do, and do nothing.
  public var dryRun = false

  private let settings: Settings
  private let output: OutputFolder
  private let ledger: Ledger
  private let edits: EditFolder
  private let jobs: Int
  private let reporter: any StageReporter
  private let models: @Sendable (String) throws -> URL

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
    let masks = try ledger.masks()
    var pending: [Item] = []
    for domain in Domain.allCases {
      for item in try items(of: domain) where wanted?.contains(item.crop.id) ?? true {
        if let row = masks[item.crop.id], isCurrent(row, of: item) {
          summary.unchanged += 1
        } else {
          pending.append(item)
        }
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

  /// One crop with its image.
  private struct Item: Sendable {
    let crop: CropRow
    let image: ImageRow
    /// The image as a person would name it, with the face's number where it has several.
    let path: String
    let method: MaskSettings.Method
    let model: String
    let framing: CropSettings.Framing
    let parts: [String]
    let digest: String
    /// Whether what lies outside the image is white and so no figure.
    let blankBorder: Bool
  }

  /// The cutout that `method` would make of sample `id`, without a person's strokes and without keeping it.
  ///
  /// - Returns: Nil where there is no such crop.
  /// - Throws: `MaskError`, `ImagingError`, `VisionError`, `LedgerError`, what `models` throws.
  public func preview(_ id: String, by method: MaskSettings.Method) throws -> Cutout? {
    for domain in Domain.allCases {
      guard let item = try items(of: domain).first(where: { $0.crop.id == id }) else { continue }
      let crop = try ImageFile.read(output.crop(id)).image
      return try CutoutMaker(method, model: item.model, models: models)(subject(item, crop, strokes: nil))
    }
    return nil
  }

  /// What became of a crop.
  private struct Outcome: Sendable {
    var row: MaskRow
    var report: ItemReport
  }

  /// The makers of one worker, made when first needed.
  private final class Makers {
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

  /// The crops of `domain` that have a file.
  private func items(of domain: Domain) throws -> [Item] {
    let crops = try ledger.crops(of: domain).filter { $0.reason == nil }
    guard !crops.isEmpty else { return [] }
    let images = Dictionary(
      try ledger.images(of: domain).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let faces = Dictionary(crops.map { ($0.image, 1) }, uniquingKeysWith: +)
    let chosen = settings[domain]
    let edited = Set(edits.ids)
    let network = chosen.mask.method == .auto && PortraitSegmentation.isHere(models) ? " sinet" : ""
    let digest = settings.maskDigest(domain).hex + network
    return crops.compactMap { crop in
      guard let image = images[crop.image] else { return nil }
      let edit = edited.contains(crop.id) ? edits.digest(of: crop.id) : ""
      let several = (faces[crop.image] ?? 0) > 1
      return Item(
        crop: crop, image: image, path: several ? "\(image.path)#\(crop.number + 1)" : image.path,
        method: chosen.mask.method, model: chosen.mask.model, framing: chosen.crop.framing,
        parts: chosen.sources.indices.contains(image.source) ? chosen.sources[image.source].parts : [],
        digest: Digest(of: "\(digest)\n\(crop.digest)\(edit.isEmpty ? "" : "\n\(edit)")").hex,
        blankBorder: chosen.crop.border == .white)
    }
  }

  /// Whether `row` speaks of `item` as it is now, and the cutout that it speaks of is there.
  private func isCurrent(_ row: MaskRow, of item: Item) -> Bool {
    guard row.digest == item.digest else { return false }
    return row.summary.method.isEmpty
      || FileManager.default.fileExists(atPath: output.cutout(row.id).path)
  }

  private func mask(_ item: Item, _ makers: Makers) throws -> Outcome {
    do {
      let edit = try edits.edit(of: item.crop.id)
      let maker = try makers.maker(edit?.method ?? item.method, item.model)
      let crop = try ImageFile.read(output.crop(item.crop.id)).image
      let strokes = try edit?.layer(on: crop.size, cut: item.crop.cut)
      let cutout = try maker(subject(item, crop, strokes: strokes))
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
  private func unmasked(_ item: Item, _ reason: Reason, _ sentence: String, isFinal: Bool) -> Outcome {
    var row = MaskRow(
      id: item.crop.id, summary: Sample.MaskSummary(method: "", coverage: 0),
      digest: isFinal ? item.digest : "")
    (row.reason, row.detail) = (reason, sentence)
    return Outcome(
      row: row, report: ItemReport(path: item.path, status: .failed, why: reason, detail: sentence))
  }

  private func subject(_ item: Item, _ crop: ImageBuffer, strokes: BrushLayer?) -> MaskSubject {
    var subject = bareSubject(item, crop)
    subject.strokes = strokes
    return subject
  }

  private func bareSubject(_ item: Item, _ crop: ImageBuffer) -> MaskSubject {
    var image = crop
    // A crop that is opaque throughout was cut from an image without alpha, whatever its format.
    if !item.crop.hasAlpha { image = crop.converted(to: .rgb) }
    guard let cut = item.crop.cut else { return MaskSubject(image) }
    let face = FaceGuide.framed(
      crop.size, item.framing, landmarks: item.crop.face.landmarks.map { cut.matrix($0) })
    guard let width = item.image.width, let height = item.image.height else {
      return MaskSubject(image, face: face)
    }
    var subject = MaskSubject(
      image, face: face,
      origin: MaskSubject.Origin(
        file: URL(fileURLWithPath: item.image.file), kind: item.image.kind, parts: item.parts,
        matrix: cut.matrix, size: PixelSize(width: width, height: height)))
    subject.shape = item.crop.domain == .a ? .photo : .drawing
    subject.ignoresOutside = item.blankBorder && cut.outside > 0
    return subject
  }
}
