public import Dataset
public import Foundation
import Imaging
public import Ledger
import PublishedDataset
import Report

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
    do { return try await curate(unusable) } catch let error as ImagingError {
      throw CurateError.damagedStore(error)
    }
  }

  private func curate(_ unusable: [ItemReport]) async throws -> StageSummary {
    let domains = Domain.allCases.filter { settings.domains[$0] != nil }
    guard !domains.isEmpty else { throw CurateError.noDomains }
    guard try ledger.hasPublished() || Self.isMissingOrEmpty(output.metadata) else {
      throw CurateError.unknownDataset(output.metadata.path)
    }
    var input = try CurationInput(ledger, domains: domains)
    var summary = StageSummary(stage: .curate)
    let publication = Publication(output: output, ledger: ledger)
    let digest = try input.digest(
      with:
        "\(settings.curateDigest()) \(domains.map(\.rawValue)) \(DatasetReport.version) \(faceModel != nil)\n\(settings.yaml)"
        + (ledger.framing()?.json ?? "") + (ledger.fittedFraming().map { "fit \($0)" } ?? ""), ledger)
    if let last = try ledger.curation(), last.digest == digest, try publication.state() == last.files {
      summary.unchanged = input.count
      summary.notes.append("nothing changed since the dataset was written")
      reporter.stageStarted(.curate, total: 0)
      count(unusable, in: &summary)
      reporter.stageFinished(summary)
      return summary
    }

    reporter.stageStarted(.curate, total: input.count)
    count(unusable, in: &summary)
    let selection = try await select(domains, input, notes: &summary.notes)
    if dryRun {
      _ = try await writer(publication, &summary) { try await $0.write(selection) }
      summary.notes.append("nothing was written")
    } else {
      // The split is recorded before any file, so that after an interruption the next run makes the same split.
      try SplitRecord(seed: settings.curate.seed, asked: settings.curate.test, selection.test).keep(
        in: ledger)
      try ledger.setCuration(nil)
      publication.removeLeftovers()
      let written = try await writer(publication, &summary) { try await $0.write(selection) }
      summary.rewritten = written.written
      try await publish(written, selection, with: publication, notes: &summary.notes)
      try ledger.replaceRuleDecisions(with: selection.decisionRows)
      if let state = try publication.state() {
        try ledger.setCuration(CurationRow(digest: digest, files: state))
      }
    }
    reporter.stageFinished(summary)
    return summary
  }

  /// Decides about all samples, domain by domain.
  private func select(
    _ domains: [Domain], _ input: CurationInput, notes: inout [String]
  ) async throws -> Selection {
    var selection = try Selection(input, settings: settings, before: SplitRecord(ledger))
    let search = DuplicateSearch(
      distance: settings.curate.duplicateDistance, confirm: settings.curate.duplicateConfirm,
      invariant: settings.curate.duplicateInvariant, jobs: jobs)
    let pixels = SamplePixels(output: output)
    var needsModel = false
    for domain in domains {
      let candidates = try await reader.candidates(of: domain)
      needsModel = needsModel || candidates.contains(where: \.canEmbed)
      let embeddings = try await embeddings(of: candidates)
      let features = try await characterFeatures(of: candidates, domain)
      try await selection.select(
        domain, candidates, embeddings: embeddings, features: features, search: search
      ) {
        comparisons($0, pixels)
      }
    }
    selection.finish()
    if needsModel, settings.curate.identity != nil, faceModel == nil {
      notes.append(
        "photos of one person may be in both train and test, because no face embedding model is installed "
          + "(easel models fetch mobilefacenet)")
    }
    notes += input.notes + selection.notes
    return selection
  }

  /// The cache that compares the pixels of candidates.
  private func comparisons(
    _ candidates: [CurationInput.Candidate], _ pixels: SamplePixels
  ) -> ComparisonCache {
    let unknown = FaceHashes(all: FaceHashes.views.map { _ in LumaHash(low: 0, high: 0) })
    let fingerprints = candidates.map { $0.fingerprint ?? ImageFingerprint(face: unknown, pixels: $0.id) }
    let ids = candidates.map(\.id)
    var comparisons = ComparisonCache(fingerprints, jobs: jobs, ledger: ledger, isRecording: !dryRun) {
      [ledger] index in
      guard let (image, crop, _, _) = try ledger.sample(ids[index]) else {
        throw LedgerError.damaged(ledger.url.path, reason: "another program removed rows of samples")
      }
      return GrayThumbnail(crop: try pixels.crop(crop.id), cut: crop.cut, source: image.size)
    }
    comparisons.halves = { [ledger] indices in
      let bytes = try ledger.halves(of: indices.map { ids[$0] })
      var halves: [Int: HalfThumbnail] = [:]
      for (index, bytes) in zip(indices, bytes) { halves[index] = bytes.flatMap { HalfThumbnail($0) } }
      return halves
    }
    return comparisons
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
  public func measure(only id: String) throws { try reader.measure(only: id) }

  /// Computes all missing or outdated measures, face embeddings and character features; no dataset is made.
  ///
  /// - Throws: `LedgerError`, `CancellationError`; `VisionError` if the face model cannot be used.
  public func measureAll() async throws {
    for domain in Domain.allCases where settings.domains[domain] != nil {
      let candidates = try await reader.candidates(of: domain)
      _ = try await embeddings(of: candidates)
      _ = try await characterFeatures(of: candidates, domain)
    }
  }

  private var reader: CandidateReader {
    CandidateReader(
      ledger: ledger, pixels: SamplePixels(output: output), jobs: jobs, isRecording: !dryRun)
  }

  private var features: FaceFeatures {
    FaceFeatures(ledger: ledger, pixels: SamplePixels(output: output), jobs: jobs, isRecording: !dryRun)
  }

  /// The face embeddings of photos, if a model is installed.
  private func embeddings(of candidates: [CurationInput.Candidate]) async throws -> [[Float]?] {
    guard settings.curate.identity != nil else { return candidates.map { _ in nil } }
    return try await features.embeddings(of: candidates, model: faceModel)
  }

  /// The features of anime faces, unless characters are not grouped.
  private func characterFeatures(
    of candidates: [CurationInput.Candidate], _ domain: Domain
  ) async throws -> [[Float]?] {
    guard domain == .b, settings.curate.characterLikeness != nil else { return candidates.map { _ in nil } }
    return try await features.characterFeatures(of: candidates)
  }

  /// Calls `body` with the writer of the dataset, which counts and reports changed decisions.
  private func writer<Result>(
    _ publication: Publication, _ summary: inout StageSummary,
    _ body: (DatasetWriter) async throws -> Result
  ) async throws -> Result {
    var counted = summary
    defer { summary = counted }
    return try await withoutActuallyEscaping({ (item: ItemReport?) in
      guard let item else {
        counted.unchanged += 1
        return
      }
      counted.count(item)
      reporter.itemFinished(item, of: .curate)
    }) { changed in
      try await body(
        DatasetWriter(
          settings: settings, ledger: ledger, publication: publication, jobs: jobs, dryRun: dryRun,
          changed: changed))
    }
  }

  /// Writes all files of the dataset except its images, which are already written.
  private func publish(
    _ written: DatasetWriter.Result, _ selection: Selection, with publication: Publication,
    notes: inout [String]
  ) async throws {
    guard let metadata = written.metadata, let rejects = written.rejects else { return }
    let index = selection.imageIndex
    func isImage(_ path: String) -> Bool {
      written.archives.isEmpty ? index.contains(path) : written.archives.contains(path)
    }
    var summary = DatasetSummary(
      counts: written.counts, kept: written.kept, settings: settings,
      images: try publication.imagesDigest(where: isImage), metadata: metadata.sha256)
    summary.framing = try ledger.framing()
    summary.fit = try ledger.fittedFraming()
    let advice = Advice(summary, kept: written.kept, rejected: written.rejected)
    try publication.install(rejects.file, sha256: rejects.sha256, as: output.rejected, notes: &notes)
    try publication.install(metadata.file, sha256: metadata.sha256, as: output.metadata, notes: &notes)
    var paths: Set<String> = [
      publication.relative(output.rejected), publication.relative(output.metadata),
      publication.relative(output.report),
    ]
    let lists = try written.imageFolder.publish(with: publication, notes: &notes)
    paths.formUnion(lists.paths)
    let card = DatasetCard(
      summary, advice: advice, files: written.sources.mapValues(\.count), settings: settings,
      hasImageFolder: lists.isComplete)
    for (url, bytes) in [
      (output.settings, Array(settings.yaml.utf8)), (output.summary, try summary.bytes()),
      (output.url.appendingPathComponent("README.md"), Array(card.text.utf8)),
    ] {
      try publication.write(bytes, to: url, notes: &notes)
      paths.insert(publication.relative(url))
    }
    let page = try await DatasetReport(
      summary: summary, kept: written.kept, rejected: written.rejected, output: output, ledger: ledger,
      jobs: jobs
    ).html()
    try publication.write(Array(page.utf8), to: output.report, notes: &notes)
    notes += advice.sentences.prefix(3)
    let spacing = DatasetReport.spacing(of: selection.kept.count)
    if spacing > 1 {
      notes.append(
        "the report, its advice and statistics use one of \(spacing) of the \(selection.kept.count) samples")
    }
    try publication.removeFiles { !paths.contains($0) && !isImage($0) }
  }
}
