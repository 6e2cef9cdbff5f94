import Dataset
import Foundation
import Imaging
import Ledger
import PublishedDataset
import Report

/// Writes the images and manifests of a selection in one pass over its rows in the ledger, so that memory does not grow with
/// the number of samples.
struct DatasetWriter {
  let settings: Settings
  let ledger: Ledger
  let publication: Publication
  let jobs: Int
  /// Whether to report decisions and write nothing.
  let dryRun: Bool
  /// Takes each sample whose decision changed; nil for an unchanged one.
  let changed: (ItemReport?) -> Void
  /// The number of samples that are read at a time.
  private static let piece = 512

  /// What was written.
  struct Result {
    /// Counts by domain.
    var counts: [Domain: DatasetSummary.Count] = [:]
    /// The number of source files by domain.
    var sources: [Domain: Set<CurationInput.Key>] = [:]
    /// The samples that statistics and the report use: all of a normal dataset, else evenly spaced ones.
    var kept: [Sample] = []
    var rejected: [Sample] = []
    /// The manifests with their digests; nil in a dry run.
    var metadata: (file: SpoolFile, sha256: String)?
    var rejects: (file: SpoolFile, sha256: String)?
  }

  /// Writes all images and the temporary manifests.
  ///
  /// - Throws: `ImagingError` for an image that cannot be made, `DatasetError`, `WriteError`, `LedgerError`,
  ///   `CancellationError`.
  func write(_ selection: Selection) async throws -> Result {
    var result = Result()
    let output = publication.output
    let metadata = dryRun ? nil : try SpoolFile(for: output.metadata)
    try await writeKept(selection, to: metadata, &result)
    let rejects = dryRun ? nil : try SpoolFile(for: output.rejected)
    try await writeRejected(selection, to: rejects, &result)
    result.metadata = try metadata.map { ($0, try $0.finish()) }
    result.rejects = try rejects.map { ($0, try $0.finish()) }
    return result
  }

  private func writeKept(_ selection: Selection, to file: SpoolFile?, _ result: inout Result) async throws {
    let spacing = DatasetReport.spacing(of: selection.kept.count)
    let (background, size) = (settings.background, settings.size)
    let pixels = SamplePixels(output: publication.output)
    var lists = AnnotationLists()
    for start in stride(from: 0, to: selection.kept.count, by: Self.piece) {
      let piece = Array(selection.kept[start..<min(selection.kept.count, start + Self.piece)])
      let rows = try rows(piece.map(\.id))
      let before = try ledger.ruleDecisions(of: piece.map(\.id))
      let annotations = rows.map { lists.annotations(of: $0.image) }
      let plan =
        dryRun
        ? []
        : try publication.plan(
          zip(piece, rows).map {
            ($0.fileName, "\(background) \(size) \($1.cropDigest) \($1.maskDigest ?? "")")
          })
      var (written, number) = ([PublishedFile](), start)
      let nearest = selection.nearest
      try await orderedMap(Array(piece.indices), jobs: jobs, makeWorker: {}) {
        [dryRun, publication] at, _ -> (Sample, [UInt8], PublishedFile?) in
        let sample = try Self.sample(piece[at], rows[at], annotations[at], nearest, size: size)
        guard !dryRun else { return (sample, [], nil) }
        let line = try ManifestFile.line(
          of: sample, path: publication.output.metadata.path, number: start + at + 1)
        guard !plan[at].isCurrent else { return (sample, line, nil) }
        let bytes = try pixels.published(sample, background: background, size: size).png()
        return (sample, line, try publication.write(bytes, of: plan[at]))
      } deliver: { _, output in
        let (sample, line, image) = output
        try file?.append(line)
        if let image { written.append(image) }
        let count = sample.split == .test ? \DatasetSummary.Count.test : \.train
        result.counts[sample.domain, default: .init()][keyPath: count] += 1
        result.sources[sample.domain, default: []].insert(CurationInput.Key(sample.source.sha256))
        if number % spacing == 0 { result.kept.append(sample) }
        number += 1
        report(
          sample, before[sample.id],
          DecisionRow(id: sample.id, author: .rule, keep: true))
      }
      try ledger.record(written)
    }
  }

  private func writeRejected(
    _ selection: Selection, to file: SpoolFile?, _ result: inout Result
  ) async throws {
    let spacing = DatasetReport.spacing(of: selection.rejected.count)
    var lists = AnnotationLists()
    // Of several samples with one identity, the first one's decision is recorded.
    var recorded: [String: DecisionRow] = [:]
    for sample in selection.rejected where sample.uncropped != nil {
      if recorded[sample.id] == nil { recorded[sample.id] = sample.row }
    }
    for start in stride(from: 0, to: selection.rejected.count, by: Self.piece) {
      let piece = Array(selection.rejected[start..<min(selection.rejected.count, start + Self.piece)])
      let before = try ledger.ruleDecisions(of: piece.map(\.id))
      let cropped = Array(piece.indices).filter { piece[$0].uncropped == nil }
      let rows = Dictionary(
        zip(cropped, try rows(cropped.map { piece[$0].id })).map { ($0, $1) }, uniquingKeysWith: { $1 })
      let annotations = rows.mapValues { lists.annotations(of: $0.image) }
      var number = start
      let uncropped = selection.uncropped
      try await orderedMap(Array(piece.indices), jobs: jobs, makeWorker: {}) {
        [dryRun, publication] at, _ -> (Sample, [UInt8]) in
        let rejected = piece[at]
        let sample: Sample
        if let row = rows[at] {
          sample = try Self.sample(rejected, row, annotations[at] ?? nil)
        } else {
          sample = uncropped[rejected.uncropped ?? 0]
        }
        guard !dryRun else { return (sample, []) }
        return (
          sample,
          try ManifestFile.line(of: sample, path: publication.output.rejected.path, number: start + at + 1)
        )
      } deliver: { at, output in
        let (sample, line) = output
        try file?.append(line)
        let reason = sample.decision.why?.rawValue ?? "unknown"
        result.counts[sample.domain, default: .init()].rejected += 1
        result.counts[sample.domain, default: .init()].reasons[reason, default: 0] += 1
        if number % spacing == 0 { result.rejected.append(sample) }
        number += 1
        report(sample, before[sample.id], recorded[sample.id] ?? piece[at].row)
      }
    }
  }

  /// The rows of some samples, in their order.
  private func rows(_ ids: [String]) throws -> [StoredSample] {
    let rows = try ledger.samples(ids)
    guard rows.count == ids.count else {
      throw LedgerError.damaged(ledger.url.path, reason: "another program removed rows of samples")
    }
    return rows
  }

  private static func sample(
    _ kept: Selection.Kept, _ stored: StoredSample, _ annotations: Sample.Annotations?,
    _ nearest: [String: Sample.Nearest], size: Int
  ) throws -> Sample {
    let (image, crop, mask, measures) = try stored.decoded()
    var sample = Sample(
      image: image, crop: crop, mask: mask, measures: measures, annotations: annotations,
      decision: Sample.Decision(by: kept.author))
    sample.group = Selection.groupName(kept.group)
    sample.character = kept.character
    sample.nearest = nearest[kept.id]
    (sample.split, sample.fileName, sample.weight) = (kept.split, kept.fileName, kept.weight)
    (sample.width, sample.height) = (size, size)
    return sample
  }

  private static func sample(
    _ rejected: Selection.Rejected, _ stored: StoredSample, _ annotations: Sample.Annotations?
  ) throws -> Sample {
    let (image, crop, mask, measures) = try stored.decoded()
    var sample = Sample(
      image: image, crop: crop, mask: mask, measures: rejected.isMeasured ? measures : nil,
      annotations: annotations, decision: rejected.decision)
    sample.group = rejected.group.map(Selection.groupName)
    sample.character = rejected.character
    return sample
  }

  /// Reports a sample with a crop whose decision changed.
  private func report(_ sample: Sample, _ before: DecisionRow?, _ now: DecisionRow) {
    // Images without a crop were reported by the crop stage.
    guard sample.crop != nil || sample.decision.why == .duplicateOf else { return }
    guard before != now else {
      changed(nil)
      return
    }
    let decision = sample.decision
    changed(
      ItemReport(
        path: sample.source.path, status: decision.why == nil ? .done : .skipped, why: decision.why,
        detail: decision.detail, outputs: sample.fileName.map { [$0] } ?? []))
  }
}
