public import Dataset
public import Foundation
import Imaging
public import Ledger

/// Cutouts to the dataset: measured, judged by the rules and by people, without duplicates, split, written, reported.
///
/// What is measured stays measured: a run takes the measures that are missing or outdated, decides about everything
/// anew, which is cheap, and writes the files that differ. A run that finds nothing changed does nothing.
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
  ///   - settings: What is asked for.
  ///   - output: The dataset's folder.
  ///   - ledger: Its ledger, in which crops and masks stand.
  ///   - jobs: How many samples are in hand at a time.
  ///   - reporter: Who is told.
  ///   - dryRun: Whether to decide and report without writing anything.
  ///   - faceModel: MobileFaceNet's two files, by which photographs of one person are kept on one side of the split; nil
  ///     where they are not there.
  public init(
    settings: Settings, output: OutputFolder, ledger: Ledger, jobs: Int, reporter: any StageReporter,
    dryRun: Bool = false, faceModel: [URL]? = nil
  ) {
    (self.settings, self.output, self.ledger) = (settings, output, ledger)
    (self.jobs, self.reporter, self.dryRun) = (max(1, jobs), reporter, dryRun)
    self.faceModel = settings.curate.identity == nil ? nil : faceModel
  }

  /// Curates.
  ///
  /// - Returns: What was done; the samples that were decided about differently than before count.
  /// - Throws: `CurateError`, `LedgerError`, `WriteError`, `CancellationError`; what was published before is then as
  ///   it was, or completed by the next run.
  public func run() async throws -> StageSummary {
    let domains = Domain.allCases.filter { settings.domains[$0] != nil }
    guard !domains.isEmpty else { throw CurateError.noDomains }
    var snapshot = try Snapshot(ledger, domains: domains)
    var summary = StageSummary(stage: .curate)
    let publication = Publication(output: output, ledger: ledger, jobs: jobs)
    let digest = try snapshot.digest(
      with:
        "\(settings.curateDigest()) \(domains.map(\.rawValue)) \(Report.version) \(faceModel != nil)\n\(settings.yaml)"
        + (ledger.fact(FramingComparison.fact) ?? ""))
    if try ledger.fact("curate") == digest, let state = try publication.state(),
      try ledger.fact("curate files") == state
    {
      summary.unchanged = snapshot.candidates.values.reduce(0) { $0 + $1.count }
      summary.notes.append("nothing changed since the dataset was written")
      reporter.began(.curate, total: 0)
      reporter.ended(summary)
      return summary
    }

    reporter.began(.curate, total: snapshot.candidates.values.reduce(0) { $0 + $1.count })
    try await measure(&snapshot)
    let search = DuplicateSearch(
      distance: settings.curate.duplicateDistance, confirm: settings.curate.duplicateConfirm,
      invariant: settings.curate.duplicateInvariant, jobs: jobs)
    let pixels = SamplePixels(output: output)
    let embeddings = try await embeddings(snapshot, pixels, notes: &summary.notes)
    let selection = try await Selection(
      snapshot, settings: settings, before: SplitRecord(ledger), embeddings: embeddings, search: search
    ) { candidates in
      Comparisons(candidates.map(\.picture), jobs: jobs, ledger: ledger, isRecording: !dryRun) { index in
        let candidate = candidates[index]
        return LumaPrint(of: try pixels.figure(candidate.crop.id, mask: candidate.mask?.summary))
      }
    }
    summary.notes += snapshot.notes + selection.notes
    let before = try ledger.ruleDecisions()
    let decisions = Self.decisions(of: selection)
    if dryRun {
      report(selection, decisions, before, into: &summary)
      summary.notes.append("nothing was written")
    } else {
      // Before any file: an interrupted run must come to the same split.
      try SplitRecord(seed: settings.curate.seed, asked: settings.curate.test, selection.test).keep(
        in: ledger)
      try ledger.setFact("curate", to: nil)
      try await publish(selection, with: publication, notes: &summary.notes)
      try ledger.replaceRuleDecisions(with: decisions)
      report(selection, decisions, before, into: &summary)
      try ledger.setFact("curate files", to: publication.state())
      try ledger.setFact("curate", to: digest)
    }
    reporter.ended(summary)
    return summary
  }

  /// Takes the measures of one sample where they are missing or outdated; the dataset stays as it is.
  ///
  /// - Throws: `LedgerError`, `ImagingError`.
  public func measure(only id: String) throws {
    guard let found = try ledger.sample(id) else { return }
    let candidate = Snapshot.Candidate(
      image: found.image, crop: found.crop, mask: found.mask, measures: found.measures)
    if let row = try Self.measured(candidate, SamplePixels(output: output)) { try ledger.record(row) }
  }

  /// Takes the measures that are missing or outdated.
  private func measure(_ snapshot: inout Snapshot) async throws {
    let pixels = SamplePixels(output: output)
    for domain in snapshot.candidates.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
      var candidates = snapshot.candidates[domain] ?? []
      try await orderedMap(candidates.indices.map { ($0, candidates[$0]) }, jobs: jobs, makeWorker: {}) {
        [ledger, dryRun] item, _ -> Snapshot.Candidate in
        var candidate = item.1
        do throws(ImagingError) {
          guard let row = try Self.measured(candidate, pixels) else { return candidate }
          candidate.measures = row
        } catch {
          candidate.measures = nil
          candidate.failure = Sample.Decision(
            by: .rule, why: error.reason,
            detail: "\(error.sentence); run easel crop and easel mask to make it anew")
          return candidate
        }
        if !dryRun, let row = candidate.measures { try ledger.record(row) }
        return candidate
      } deliver: {
        candidates[$0.0] = $1
      }
      snapshot.candidates[domain] = candidates
    }
  }

  /// Whose the photographed faces are, as far as a model tells.
  private func embeddings(
    _ snapshot: Snapshot, _ pixels: SamplePixels, notes: inout [String]
  ) async throws -> [String: [Float]] {
    let candidates = Domain.allCases.flatMap { snapshot.candidates[$0] ?? [] }
    guard settings.curate.identity != nil, candidates.contains(where: FaceEmbedding.isTellable) else {
      return [:]
    }
    if faceModel == nil {
      notes.append(
        "photographs of one person may be in training and test: no face embedding model is there "
          + "(easel models fetch mobilefacenet)")
    }
    return try await FaceEmbedding(ledger: ledger, pixels: pixels, jobs: jobs, isRecording: !dryRun)
      .embeddings(of: candidates, model: faceModel)
  }

  /// New measures; nil where those that are known are up to date or there is no mask to measure under.
  private static func measured(
    _ candidate: Snapshot.Candidate, _ pixels: SamplePixels
  ) throws(ImagingError) -> MeasureRow? {
    guard let mask = candidate.mask else { return nil }
    let id = candidate.crop.id
    let figureFile = pixels.figureFile(id, mask: mask.summary)
    let isCurrent = candidate.measures?.digest == Measures.digest(of: candidate.crop, mask: mask)
    // A look at the folder costs nothing beside decoding, and tells what somebody removed from the store.
    if isCurrent, FileManager.default.fileExists(atPath: figureFile.path) { return nil }
    let crop = try ImageFile.read(pixels.output.crop(id)).image
    let figure = try ImageFile.read(figureFile).image
    let source = candidate.image.width.flatMap { width in
      candidate.image.height.map { PixelSize(width: width, height: $0) }
    }
    return Measures.measure(
      candidate.crop, mask: mask, pixels: crop, figure: figure, source: source)
  }

  /// Writes everything that the dataset consists of.
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
    let metadata = try Manifest.bytes(of: selection.kept)
    var summary = DatasetSummary(selection, settings: settings, images: images, metadata: metadata)
    summary.framing = try ledger.fact(FramingComparison.fact).flatMap(FramingComparison.init(json:))
    let card = DatasetCard(summary, kept: selection.kept, rejected: selection.rejected, settings: settings)
    var paths = Set(images.keys)
    for (url, bytes) in [
      (output.rejected, try Manifest.bytes(of: selection.rejected)), (output.metadata, metadata),
      (output.settings, Array(settings.yaml.utf8)), (output.summary, try summary.bytes()),
      (output.url.appendingPathComponent("README.md"), Array(card.text.utf8)),
    ] {
      try publication.write(bytes, to: url, notes: &notes)
      paths.insert(publication.relative(url))
    }
    let page = try await Report(
      summary: summary, kept: selection.kept, rejected: selection.rejected, output: output, ledger: ledger,
      jobs: jobs
    ).html()
    try publication.write(Array(page.utf8), to: output.report, notes: &notes)
    paths.insert(publication.relative(output.report))
    _ = try publication.removeOthers(than: paths)
  }

  /// What the rules decided, as the ledger keeps it.
  private static func decisions(of selection: Selection) -> [DecisionRow] {
    var seen: Set<String> = []
    return (selection.kept + selection.rejected).filter { seen.insert($0.id).inserted }.map { sample in
      let decision = sample.decision
      return DecisionRow(
        id: sample.id, author: .rule, keep: decision.why == nil, reason: decision.why, detail: decision.detail
      )
    }
  }

  /// Tells about each crop that was decided about differently than before.
  private func report(
    _ selection: Selection, _ decisions: [DecisionRow], _ before: [String: DecisionRow],
    into summary: inout StageSummary
  ) {
    let rows = Dictionary(decisions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for sample in selection.kept + selection.rejected {
      // Images without a crop were reported by the stage that found none.
      guard sample.crop != nil || sample.decision.why == .duplicateOf else { continue }
      guard before[sample.id] != rows[sample.id] else {
        summary.unchanged += 1
        continue
      }
      let decision = sample.decision
      let item = ItemReport(
        path: sample.source.path, status: decision.why == nil ? .done : .skipped, why: decision.why,
        detail: decision.detail, outputs: sample.fileName.map { [$0] } ?? [])
      summary.count(item)
      reporter.finished(item, of: .curate)
    }
  }
}
