public import Dataset
public import Foundation
import Imaging
public import Ledger
import PublishedDataset
import Report
import PublishedDataset

/// Makes the dataset from the cutouts: it measures them, applies rules and user decisions, removes duplicates, splits, and
/// writes the dataset and its report.
///
/// A run computes only missing or outdated measures, decides about all samples again, and writes the files that differ. If
/// nothing changed, it does nothing.
public struct CurateStage: Sendable {
  private let settings: Settings
  private let output: OutputFolder
  private let ledger: Ledger
  private let jobs: Int
  private let reporter: any StageReporter
  private let dryRun: Bool
  private let faceModel: [URL]?

  /// The stage for one dataset.
  ///
  /// - Parameters:
  ///   - settings: The settings.
  ///   - output: The dataset's folder.
  ///   - ledger: Its ledger, which has the crops and masks.
  ///   - jobs: The number of samples that are processed in parallel.
  ///   - reporter: Receives progress and results.
  ///   - dryRun: Whether to decide and report, but write nothing.
  ///   - faceModel: MobileFaceNet's two files, with which photos of one person stay in one split; nil if not installed.
  public init(
    settings: Settings, output: OutputFolder, ledger: Ledger, jobs: Int, reporter: any StageReporter,
    dryRun: Bool = false, faceModel: [URL]? = nil
  ) {
    (self.settings, self.output, self.ledger) = (settings, output, ledger)
    (self.jobs, self.reporter, self.dryRun) = (max(1, jobs), reporter, dryRun)
    self.faceModel = settings.curate.identity == nil ? nil : faceModel
  }

  /// Runs the stage.
  ///
  /// - Parameter unusable: Files that could not be taken into the ledger; they are reported and counted.
  /// - Returns: The numbers of samples whose decision changed or is unchanged, and notes.
  /// - Throws: `CurateError`, `DatasetError`, `LedgerError`, `WriteError`, `CancellationError`; the published dataset is then
  ///   unchanged, or completed by the next run.
  public func run(unusable: [ItemReport] = []) async throws -> StageSummary {
    let domains = Domain.allCases.filter { settings.domains[$0] != nil }
    guard !domains.isEmpty else { throw CurateError.noDomains }
    guard try !ledger.published().isEmpty || Self.isMissingOrEmpty(output.metadata) else {
      throw CurateError.unknownDataset(output.metadata.path)
    }
    var input = try CurationInput(ledger, domains: domains)
    var summary = StageSummary(stage: .curate)
    let publication = Publication(output: output, ledger: ledger, jobs: jobs)
    let digest = try input.digest(
      with:
        "\(settings.curateDigest()) \(domains.map(\.rawValue)) \(DatasetReport.version) \(faceModel != nil)\n\(settings.yaml)"
        + (ledger.framing()?.json ?? "") + (ledger.fittedFraming().map { "fit \($0)" } ?? ""))
    if let last = try ledger.curation(), last.digest == digest, try publication.state() == last.files {
      summary.unchanged = input.candidates.values.reduce(0) { $0 + $1.count }
      summary.notes.append("nothing changed since the dataset was written")
      reporter.stageStarted(.curate, total: 0)
      count(unusable, in: &summary)
      reporter.stageFinished(summary)
      return summary
    }

    reporter.stageStarted(.curate, total: input.candidates.values.reduce(0) { $0 + $1.count })
    count(unusable, in: &summary)
    try await measure(&input)
    let search = DuplicateSearch(
      distance: settings.curate.duplicateDistance, confirm: settings.curate.duplicateConfirm,
      invariant: settings.curate.duplicateInvariant, jobs: jobs)
    let pixels = SamplePixels(output: output)
    let embeddings = try await embeddings(input, pixels, notes: &summary.notes)
    let features = try await characterFeatures(input, pixels)
    let selection = try await Selection(
      input, settings: settings, before: SplitRecord(ledger), embeddings: embeddings, features: features,
      search: search
    ) { candidates in
      let unknown = FaceHashes(all: FaceHashes.views.map { _ in FaceHash(low: 0, high: 0) })
      let fingerprints = candidates.map {
        $0.fingerprint ?? ImageFingerprint(face: unknown, pixels: $0.crop.id)
      }
      var comparisons = ComparisonCache(fingerprints, jobs: jobs, ledger: ledger, isRecording: !dryRun) {
        index in
        let candidate = candidates[index]
        return GrayThumbnail(
          crop: try pixels.crop(candidate.crop.id), cut: candidate.crop.cut, source: candidate.image.size)
      }
      comparisons.halves = { [ledger] indices in
        let bytes = try ledger.halves(of: indices.map { candidates[$0].crop.id })
        var halves: [Int: HalfThumbnail] = [:]
        for (index, bytes) in zip(indices, bytes) { halves[index] = bytes.flatMap { HalfThumbnail($0) } }
        return halves
      }
      return comparisons
    }
    summary.notes += input.notes + selection.notes
    let before = try ledger.ruleDecisions()
    let decisions = Self.decisions(of: selection)
    if dryRun {
      report(selection, decisions, before, into: &summary)
      summary.notes.append("nothing was written")
    } else {
      // The split is recorded before any file, so that after an interruption the next run makes the same split.
      try SplitRecord(seed: settings.curate.seed, asked: settings.curate.test, selection.test).keep(
        in: ledger)
      try ledger.setCuration(nil)
      try await publish(selection, with: publication, notes: &summary.notes)
      try ledger.replaceRuleDecisions(with: decisions)
      report(selection, decisions, before, into: &summary)
      if let state = try publication.state() {
        try ledger.setCuration(CurationRow(digest: digest, files: state))
      }
    }
    reporter.stageFinished(summary)
    return summary
  }

  /// Reports files that could not be used.
  private func count(_ unusable: [ItemReport], in summary: inout StageSummary) {
    for item in unusable {
      summary.count(item)
      reporter.itemFinished(item, of: .curate)
    }
  }

  private static func isMissingOrEmpty(_ file: URL) -> Bool {
    let size = (try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? Int
    return size ?? 0 == 0
  }

  /// Measures one sample if its measures are missing or outdated; the dataset does not change.
  ///
  /// - Throws: `LedgerError`, `ImagingError`.
  public func measure(only id: String) throws {
    guard let found = try ledger.sample(id) else { return }
    let candidate = CurationInput.Candidate(
      image: found.image, crop: found.crop, mask: found.mask, measures: found.measures)
    if let row = try Self.measured(candidate, SamplePixels(output: output)) { try ledger.record(row) }
  }

  /// Computes all missing or outdated measures, face embeddings and character features; no dataset is made.
  ///
  /// - Throws: `LedgerError`, `CancellationError`; `VisionError` if the face model cannot be used.
  public func measureAll() async throws {
    var input = try CurationInput(ledger, domains: Domain.allCases.filter { settings.domains[$0] != nil })
    try await measure(&input)
    var notes: [String] = []
    let pixels = SamplePixels(output: output)
    _ = try await embeddings(input, pixels, notes: &notes)
    _ = try await characterFeatures(input, pixels)
  }

  /// Computes the missing or outdated measures.
  private func measure(_ input: inout CurationInput) async throws {
    let pixels = SamplePixels(output: output)
    for domain in input.candidates.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
      var candidates = input.candidates[domain] ?? []
      try await orderedMap(candidates.indices.map { ($0, candidates[$0]) }, jobs: jobs, makeWorker: {}) {
        [ledger, dryRun] item, _ -> CurationInput.Candidate in
        var candidate = item.1
        guard candidate.crop.showsFace else {
          candidate.measures = nil
          candidate.failure = Sample.Decision(
            by: .rule, why: "bad-framing",
            detail: "the face is outside the crop; correct its frame with easel review")
          return candidate
        }
        do throws(ImagingError) {
          guard let row = try Self.measured(candidate, pixels) else { return candidate }
          candidate.measures = row
        } catch {
          candidate.measures = nil
          candidate.failure = Sample.Decision(
            by: .rule, why: error.reason,
            detail: "\(error.sentence); run easel crop and easel mask to make it again")
          return candidate
        }
        if !dryRun, let row = candidate.measures { try ledger.record(row) }
        candidate.measures?.half = nil
        return candidate
      } deliver: {
        candidates[$0.0] = $1
      }
      input.candidates[domain] = candidates
    }
  }

  /// The face embeddings of photos by sample ID, if a model is installed.
  private func embeddings(
    _ input: CurationInput, _ pixels: SamplePixels, notes: inout [String]
  ) async throws -> [String: [Float]] {
    let candidates = Domain.allCases.flatMap { input.candidates[$0] ?? [] }
    guard settings.curate.identity != nil, candidates.contains(where: FaceEmbedding.canEmbed) else {
      return [:]
    }
    if faceModel == nil {
      notes.append(
        "photos of one person may be in both train and test, because no face embedding model is installed "
          + "(easel models fetch mobilefacenet)")
    }
    return try await FaceEmbedding(ledger: ledger, pixels: pixels, jobs: jobs, isRecording: !dryRun)
      .embeddings(of: candidates, model: faceModel)
  }

  /// The features of anime faces by sample ID, unless characters are not grouped.
  private func characterFeatures(_ input: CurationInput, _ pixels: SamplePixels) async throws
    -> [String: [Float]]
  {
    guard settings.curate.characterLikeness != nil else { return [:] }
    return try await FaceEmbedding(ledger: ledger, pixels: pixels, jobs: jobs, isRecording: !dryRun)
      .characterFeatures(of: input.candidates[.b] ?? [])
  }

  /// New measures; nil if the known ones are up to date or there is no mask yet.
  private static func measured(
    _ candidate: CurationInput.Candidate, _ pixels: SamplePixels
  ) throws(ImagingError) -> MeasureRow? {
    guard let mask = candidate.mask else { return nil }
    let id = candidate.crop.id
    let cutoutFile = pixels.cutoutFile(id, mask: mask.summary)
    let isCurrent = candidate.measures?.digest == Measures.digest(of: candidate.crop, mask: mask)
    // The cutout may have been deleted.
    if isCurrent, FileManager.default.fileExists(atPath: cutoutFile.path) { return nil }
    let crop = try ImageFile.read(pixels.output.crop(id)).image
    let cutout = try ImageFile.read(cutoutFile).image
    return Measures.measure(
      candidate.crop, mask: mask, pixels: crop, cutout: cutout, source: candidate.image.size)
  }

  /// Writes all files of the dataset.
  private func publish(
    _ selection: Selection, with publication: Publication, notes: inout [String]
  ) async throws {
    let pixels = SamplePixels(output: output)
    let (background, size, origins) = (settings.background, settings.size, selection.origins)
    let images = try await publication.writeImages(selection.kept) { sample in
      "\(background) \(size) \(origins[sample.id] ?? "")"
    } render: { sample in
      try pixels.published(sample, background: background, size: size)
    }
    let metadata = try ManifestFile.bytes(of: selection.kept, path: output.metadata.path)
    var summary = DatasetSummary(
      kept: selection.kept, rejected: selection.rejected, settings: settings, images: images,
      metadata: metadata)
    summary.framing = try ledger.framing()
    summary.fit = try ledger.fittedFraming()
    let card = DatasetCard(summary, kept: selection.kept, rejected: selection.rejected, settings: settings)
    var paths = Set(images.keys)
    for (url, bytes) in [
      (output.rejected, try ManifestFile.bytes(of: selection.rejected, path: output.rejected.path)),
      (output.metadata, metadata),
      (output.settings, Array(settings.yaml.utf8)), (output.summary, try summary.bytes()),
      (output.url.appendingPathComponent("README.md"), Array(card.text.utf8)),
    ] {
      try publication.write(bytes, to: url, notes: &notes)
      paths.insert(output.relativePath(of: url))
    }
    let page = try await DatasetReport(
      summary: summary, kept: selection.kept, rejected: selection.rejected, output: output, ledger: ledger,
      jobs: jobs
    ).html()
    try publication.write(Array(page.utf8), to: output.report, notes: &notes)
    notes += Advice(summary, kept: selection.kept, rejected: selection.rejected).sentences.prefix(3)
    paths.insert(output.relativePath(of: output.report))
    _ = try publication.removeOthers(than: paths)
  }

  /// The rules' decisions as rows of the ledger.
  private static func decisions(of selection: Selection) -> [DecisionRow] {
    var seen: Set<String> = []
    return (selection.kept + selection.rejected).filter { seen.insert($0.id).inserted }.map { sample in
      let decision = sample.decision
      var row = DecisionRow(
        id: sample.id, author: .rule, keep: decision.why == nil, reason: decision.why,
        detail: decision.detail, duplicateOf: decision.duplicateOf)
      row.character = sample.character
      return row
    }
  }

  /// Reports each crop whose decision changed.
  private func report(
    _ selection: Selection, _ decisions: [DecisionRow], _ before: [String: DecisionRow],
    into summary: inout StageSummary
  ) {
    // Another name of a character is no other decision.
    func unnamed(_ row: DecisionRow?) -> DecisionRow? {
      var row = row
      row?.character = nil
      return row
    }
    let rows = Dictionary(decisions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for sample in selection.kept + selection.rejected {
      // Images without a crop were reported by the crop stage.
      guard sample.crop != nil || sample.decision.why == .duplicateOf else { continue }
      guard unnamed(before[sample.id]) != unnamed(rows[sample.id]) else {
        summary.unchanged += 1
        continue
      }
      let decision = sample.decision
      let item = ItemReport(
        path: sample.source.path, status: decision.why == nil ? .done : .skipped, why: decision.why,
        detail: decision.detail, outputs: sample.fileName.map { [$0] } ?? [])
      summary.count(item)
      reporter.itemFinished(item, of: .curate)
    }
  }
}
