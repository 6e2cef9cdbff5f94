public import Dataset
import Foundation
import Imaging
public import Ledger

/// Sources to aligned, square face crops, with the map from source pixel to crop pixel kept for each.
///
/// Images that the ledger knows with the same settings are not touched again; a second run does nothing.
public struct CropStage: Sendable {
  private let settings: Settings
  private let output: OutputFolder
  private let ledger: Ledger
  private let jobs: Int
  private let reporter: any StageReporter
  private let detectors: DetectorCatalogue

  /// The stage for all domains of `settings`.
  ///
  /// - Parameters:
  ///   - settings: What to crop and how.
  ///   - output: Where crops go.
  ///   - ledger: What is known already.
  ///   - jobs: How many images are in hand at a time.
  ///   - reporter: Is told of every image.
  ///   - detectors: Makes the detectors that the settings name.
  public init(
    settings: Settings, output: OutputFolder, ledger: Ledger, jobs: Int, reporter: any StageReporter,
    detectors: DetectorCatalogue
  ) {
    (self.settings, self.output, self.ledger) = (settings, output, ledger)
    (self.jobs, self.reporter, self.detectors) = (jobs, reporter, detectors)
  }

  /// How many files the sources of `settings` hold, and which folders may not be opened.
  public static func plan(_ settings: Settings) -> (files: Int, closed: [String]) {
    var (count, closed): (Int, [String]) = (0, [])
    for domain in Domain.allCases {
      for (index, source) in (settings.domains[domain]?.sources ?? []).enumerated() {
        let scan = SourceScan.files(of: source, number: index)
        count += scan.files.count
        closed += scan.closed
      }
    }
    return (count, closed)
  }

  /// Crops what is missing or outdated.
  ///
  /// - Throws: `DetectorError` where a detector's model is missing; `WriteError`, `LedgerError`; `CancellationError`.
  public func run() async throws -> StageSummary {
    var summary = StageSummary(stage: .crop)
    var scans: [(Domain, DomainSettings, [SourceFile], [String])] = []
    for domain in Domain.allCases {
      guard let domainSettings = settings.domains[domain] else { continue }
      var (files, closed): ([SourceFile], [String]) = ([], [])
      for (index, source) in domainSettings.sources.enumerated() {
        let scan = SourceScan.files(of: source, number: index)
        files += scan.files
        closed += scan.closed
      }
      scans.append((domain, domainSettings, files, closed))
    }
    reporter.began(.crop, total: scans.map { $0.2.count }.reduce(0, +))
    for (domain, domainSettings, files, closed) in scans {
      for folder in closed {
        let item = ItemReport(
          path: folder, status: .failed, why: "unreadable-folder",
          detail: "the folder is not there or may not be opened")
        summary.count(item)
        reporter.finished(item, of: .crop)
      }
      try await crop(domain, domainSettings, files, into: &summary)
    }
    reporter.ended(summary)
    return summary
  }

  private func crop(
    _ domain: Domain, _ domainSettings: DomainSettings, _ files: [SourceFile],
    into summary: inout StageSummary
  ) async throws {
    let (output, ledger, size) = (output, ledger, settings.size)
    let cropSettings = domainSettings.crop
    let makeDetector = try detectors.detector(cropSettings.detector, for: domain)
    let digest = Digest(of: settings.cropDigest(domain).hex + makeDetector.version).hex
    let reader = ImageReader(
      ledger: ledger, output: output, domain: domain, digest: digest,
      frames: FrameCutter(output: output, ledger: ledger, border: cropSettings.border))
    let items = CropItems(files, of: domainSettings.sources) { file, interval in
      let sha256 = try reader.digest(of: file)
      return (
        sha256,
        try ledger.fact(filmFact(domain, sha256, interval)) == digest && reader.hasCrops(ofFilm: sha256)
      )
    }
    var (seen, copies): (Set<SourceID>, Set<String>) = ([], [])
    try await orderedMap(items, jobs: jobs) {
      CropWorker(
        cutter: FaceCutter(settings: cropSettings, size: size, detector: try makeDetector()),
        domain: domain, output: output)
    } work: { item, worker in
      try reader.work(on: item, with: worker)
    } deliver: { item, result in
      let file = item.file
      switch result {
      case .nothing: break
      case .filmEnd(let sha256):
        try ledger.setFact(
          filmFact(domain, sha256, domainSettings.sources[file.source].every), to: digest)
      case .knownFilm(let ids):
        seen.formUnion(ids)
        summary.unchanged += ids.count
      case .image(let row, let crops):
        if !seen.insert(row.id).inserted {
          copies.insert(file.file)
          try ledger.record(copy: file.file, path: file.path, of: row.id, in: domain)
          let first = try ledger.image(row.id, of: domain)?.path ?? ""
          report(
            ItemReport(
              path: file.file, status: .skipped, why: .duplicateOf, detail: "the same bytes as \(first)"),
            &summary)
        } else if let crops {
          try ledger.record(row, crops: crops)
          report(itemReport(row, crops), &summary)
        } else {
          try ledger.touch(row)
          summary.unchanged += 1
        }
      case .failure(let row):
        seen.insert(row.id)
        try ledger.record(row, crops: [])
        report(
          ItemReport(path: row.file, status: .failed, why: row.reason, detail: row.detail), &summary)
      }
    }
    try ledger.finishPass(of: domain, images: seen, copies: copies)
  }

  private func report(_ item: ItemReport, _ summary: inout StageSummary) {
    summary.count(item)
    reporter.finished(item, of: .crop)
  }

  private func itemReport(_ row: ImageRow, _ crops: [CropRow]) -> ItemReport {
    let outputs = crops.filter { $0.reason == nil }.map { output.crop($0.id).path }
    let path = row.file + (row.time.map { "@\($0)s" } ?? "")
    if !outputs.isEmpty { return ItemReport(path: path, status: .done, outputs: outputs) }
    let why = row.reason ?? crops.first?.reason
    return ItemReport(path: path, status: .skipped, why: why, detail: row.detail ?? crops.first?.detail)
  }
}

/// The name under which the ledger keeps that a film's frames are all done.
private func filmFact(_ domain: Domain, _ sha256: String, _ interval: FrameInterval) -> String {
  "film \(domain.rawValue) \(sha256) \(interval)"
}
