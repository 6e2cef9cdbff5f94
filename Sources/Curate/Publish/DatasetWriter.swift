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
  /// The number of rejected samples that are read at a time.
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
    /// The number of images and archives that were written, because they were missing or outdated.
    var written = 0
    /// The paths of the archives; empty if each image is a file.
    var archives: Set<String> = []
    /// The manifests with their digests; nil in a dry run.
    var metadata: (file: SpoolFile, sha256: String)?
    var rejects: (file: SpoolFile, sha256: String)?
    /// The lists of the images by split.
    var imageFolder: ImageFolderLists
  }

  /// Writes all images and the temporary manifests.
  ///
  /// - Throws: `ImagingError` for an image that cannot be made, `DatasetError`, `WriteError`, `LedgerError`,
  ///   `CancellationError`.
  func write(_ selection: Selection) async throws -> Result {
    let output = publication.output
    var result = Result(imageFolder: ImageFolderLists(output))
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
    let size = settings.size
    var lists = AnnotationLists()
    var number = 0
    for piece in PublishedPieces(selection.kept, archivesAbove: settings.curate.archivesAbove) {
      let (kept, first) = (piece.samples, number)
      let rows = try rows(kept.map(\.id))
      let before = try ledger.ruleDecisions(of: kept.map(\.id))
      let annotations = rows.map { lists.annotations(of: $0.image) }
      let nearest = selection.nearest
      var samples: [Sample] = []
      try await orderedMap(Array(kept.indices), jobs: jobs, makeWorker: {}) {
        [publication] at, _ -> (sample: Sample, line: [UInt8]) in
        var sample = try Self.sample(kept[at], rows[at], annotations[at], nearest, size: size)
        sample.fileName = piece.archive.map { "\($0)/\(kept[at].id).png" } ?? sample.fileName
        let line = try ManifestFile.line(
          of: sample, path: publication.output.metadata.path, number: first + at + 1)
        return (sample, line)
      } deliver: { _, made in
        let sample = made.sample
        try file?.append(made.line)
        if !dryRun, piece.archive == nil { try result.imageFolder.add(sample) }
        let count = sample.split == .test ? \DatasetSummary.Count.test : \.train
        result.counts[sample.domain, default: .init()][keyPath: count] += 1
        result.sources[sample.domain, default: []].insert(CurationInput.Key(sample.source.sha256))
        if number % spacing == 0 { result.kept.append(sample) }
        number += 1
        report(sample, before[sample.id], DecisionRow(id: sample.id, author: .rule, keep: true))
        if !dryRun { samples.append(sample) }
      }
      if dryRun { continue }
      let inputs = rows.map { "\(settings.background) \(size) \($0.cropDigest) \($0.maskDigest ?? "")" }
      if let archive = piece.archive {
        result.archives.insert(archive)
        result.written += try await write(samples, inputs, as: archive)
      } else {
        result.written += try await write(samples, inputs)
      }
    }
  }

  /// Writes an image file for each sample whose file is missing or outdated.
  private func write(_ samples: [Sample], _ inputs: [String]) async throws -> Int {
    let plan = try publication.plan(zip(samples, inputs).map { ($0.fileName ?? "", $1) })
    var written: [PublishedFile] = []
    try await orderedMap(samples.indices.filter { !plan[$0].isCurrent }, jobs: jobs, makeWorker: {}) {
      [publication, pngs] at, _ -> PublishedFile in
      try publication.write(try pngs.bytes(of: samples[at]), of: plan[at])
    } deliver: {
      written.append($1)
    }
    try ledger.record(written)
    return written.count
  }

  /// Writes an archive with the images of some samples, if it is missing or outdated.
  ///
  /// It has no lines of the manifest, because a change of one sample may change the groups' numbers in all lines.
  private func write(_ samples: [Sample], _ inputs: [String], as archive: String) async throws -> Int {
    let all = zip(samples, inputs).map { "\($0.id) \($1)\n" }.joined()
    guard let plan = try publication.plan([(archive, all)]).first, !plan.isCurrent else { return 0 }
    let file = try SpoolFile(for: publication.output.url.appendingPathComponent(archive))
    var size = 0
    func append(_ bytes: [UInt8]) throws {
      try file.append(bytes)
      size += bytes.count
    }
    try await orderedMap(samples, jobs: jobs, makeWorker: {}) { [pngs] sample, _ -> [UInt8] in
      TarFormat.member("\(sample.id).cls", Array((sample.domain == .a ? "0" : "1").utf8))
        + TarFormat.member("\(sample.id).png", try pngs.bytes(of: sample))
    } deliver: {
      try append($1)
    }
    try append(TarFormat.end)
    try ledger.record(try publication.install(file, of: plan, sha256: try file.finish(), size: size))
    return 1
  }

  /// Makes the published images.
  private struct Pngs: Sendable {
    let pixels: SamplePixels
    let background: Background
    let size: Int

    func bytes(of sample: Sample) throws -> [UInt8] {
      try pixels.published(sample, background: background, size: size).png()
    }
  }

  private var pngs: Pngs {
    Pngs(
      pixels: SamplePixels(output: publication.output), background: settings.background, size: settings.size)
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
