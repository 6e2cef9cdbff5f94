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
    var scan = SourceScan()
    for domain in Domain.allCases {
      for (index, source) in (settings.domains[domain]?.sources ?? []).enumerated() {
        scan.add(source, number: index, excluding: settings.output)
      }
    }
    return (scan.files.count, scan.closed)
  }

  /// Crops what is missing or outdated.
  ///
  /// - Throws: `DetectorError` where a detector's model is missing; `WriteError`, `LedgerError`; `CancellationError`.
  public func run() async throws -> StageSummary {
    var summary = StageSummary(stage: .crop)
    var scans: [Scan] = []
    for domain in Domain.allCases {
      guard let domainSettings = settings.domains[domain] else { continue }
      var found = SourceScan()
      for (index, source) in domainSettings.sources.enumerated() {
        found.add(source, number: index, excluding: output.url)
      }
      if found.companions > 0 {
        let kinds = "captions, metadata and other files beside the pictures"
        reporter.note("domain \(domain.rawValue): passed over \(found.companions) \(kinds)")
      }
      scans.append(
        Scan(domain: domain, settings: domainSettings, files: found.files, closed: found.closed))
    }
    reporter.began(.crop, total: scans.map(\.files.count).reduce(0, +))
    let (moved, move) = try await match(scans, into: &summary)
    for scan in scans {
      for folder in scan.closed {
        let item = ItemReport(
          path: folder, status: .failed, why: "unreadable-folder",
          detail: "the folder is not there or may not be opened")
        summary.count(item)
        reporter.finished(item, of: .crop)
      }
      try await crop(scan, move: scan.domain == moved ? move : .none, into: &summary)
      try ExtentRecovery(ledger: ledger, align: scan.settings.crop.align).run(on: scan.domain)
    }
    reporter.ended(summary)
    return summary
  }

  /// The files of one domain.
  private struct Scan {
    let domain: Domain
    let settings: DomainSettings
    let files: [SourceFile]
    let closed: [String]
  }

  /// Looks at the images of both domains and finds out how one's crops are to be moved, where its framing is `matched`.
  ///
  /// The domain that is not matched leads; where both are, A does.
  private func match(
    _ scans: [Scan], into summary: inout StageSummary
  ) async throws -> (moved: Domain?, move: FramingMatch.Move) {
    let matched = scans.filter { $0.settings.crop.framing == .matched }.map(\.domain)
    guard let moved = matched.last else {
      try ledger.setFraming(nil)
      return (nil, .none)
    }
    reporter.note("framing: matched looks at the faces of both domains before it cuts any")
    var placements: [Domain: [FramingMatch.Placement]] = [:]
    for scan in scans { placements[scan.domain] = try await survey(scan) }
    let leader: Domain = moved == .a ? .b : .a
    guard
      let (move, comparison) = FramingMatch.solve(
        placements[moved] ?? [], of: moved, to: placements[leader] ?? [])
    else {
      summary.notes.append("framing: matched had faces of one domain only, so nothing was matched")
      try ledger.setFraming(nil)
      return (nil, .none)
    }
    try ledger.setFraming(comparison)
    summary.notes.append(comparison.sentence)
    return (moved, move)
  }

  /// How the faces of a domain sit in crops that are not moved.
  private func survey(_ scan: Scan) async throws -> [FramingMatch.Placement] {
    let ledger = ledger
    let reader = try reader(scan, move: .none)
    let detection = reader.detection
    let items = CropItems(scan.files, of: scan.settings.sources) { file, interval in
      let sha256 = try reader.digest(of: file)
      let known = try ledger.digest(ofVideo: sha256, every: "\(interval)", in: scan.domain, at: .survey)
      return (sha256, known == detection.digests[0])
    }
    var (seen, placements): (Set<SourceID>, [FramingMatch.Placement]) = ([], [])
    try await orderedMap(items, jobs: jobs) {
      CropWorker(detection.makeAnalyzer)
    } work: { item, worker in
      try reader.survey(item, with: worker)
    } deliver: { item, found in
      for (id, own) in found where seen.insert(id).inserted { placements += own }
      if case .videoEnd(let file, let sha256, _) = item {
        try ledger.record(
          VideoRow(
            domain: scan.domain, sha256: sha256, every: "\(scan.settings.sources[file.source].every)",
            step: .survey, digest: detection.digests[0]))
      }
    }
    return placements
  }

  /// Reads and cuts the images of a domain, with crops moved by `move`.
  private func reader(_ scan: Scan, move: FramingMatch.Move) throws -> ImageReader {
    let crop = scan.settings.crop
    let leader = settings[scan.domain == .a ? .b : .a].crop.framing
    let rule = FramingRule(crop.framing, leader: leader)
    let matched = crop.framing == .matched ? " \(leader) \(move)" : ""
    return ImageReader(
      ledger: ledger, output: output, domain: scan.domain,
      detection: try DetectionSource(crop, of: scan.domain, detectors, ledger),
      cutter: FaceCutter(
        selection: FaceSelection(settings: crop, rule: rule.moved(by: move)), size: settings.size),
      userCrops: UserCropCutter(output: output, ledger: ledger, border: crop.border),
      settings: settings.cropDigest(scan.domain).hex + matched)
  }

  private func crop(_ scan: Scan, move: FramingMatch.Move, into summary: inout StageSummary) async throws {
    let (ledger, domain, sources) = (ledger, scan.domain, scan.settings.sources)
    let reader = try reader(scan, move: move)
    let digest = reader.digest(.videos)
    let items = CropItems(scan.files, of: sources) { file, interval in
      let sha256 = try reader.digest(of: file)
      let known = try ledger.digest(ofVideo: sha256, every: "\(interval)", in: domain, at: .crop)
      return (sha256, try known == digest && reader.hasCrops(ofVideo: sha256))
    }
    var (seen, copies): (Set<SourceID>, Set<String>) = ([], [])
    let makeAnalyzer = reader.detection.makeAnalyzer
    var foreign: [String] = []
    try await orderedMap(items, jobs: jobs) {
      CropWorker(makeAnalyzer)
    } work: { item, worker in
      try reader.work(on: item, with: worker)
    } deliver: { item, result in
      let file = item.file
      switch result {
      case .nothing: break
      case .videoEnd(let sha256, let damage):
        if let damage { reporter.note("\(file.file): \(damage)") }
        try ledger.record(
          VideoRow(
            domain: domain, sha256: sha256, every: "\(sources[file.source].every)", step: .crop,
            digest: digest))
      case .knownVideo(let ids):
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
          if crops.contains(where: { $0.face.flags.contains(.wrongDomain) }) { foreign.append(file.path) }
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
    if !foreign.isEmpty {
      summary.notes.append(
        "\(foreign.count) of domain \(domain.rawValue) \(foreign.count == 1 ? "looks" : "look") "
          + "\(domain == .a ? "drawn" : "photographed"): "
          + foreign.prefix(3).joined(separator: ", ") + (foreign.count > 3 ? " and more" : ""))
    }
  }

  private func report(_ item: ItemReport, _ summary: inout StageSummary) {
    summary.count(item)
    reporter.finished(item, of: .crop)
  }

  private func itemReport(_ row: ImageRow, _ crops: [CropRow]) -> ItemReport {
    let outputs = crops.filter { $0.reason == nil }.map { output.crop($0.id).path }
    let path = row.file + (row.time.map { "@\($0)s" } ?? "")
    if !outputs.isEmpty {
      let isForeign = crops.contains { $0.reason == nil && $0.face.flags.contains(.wrongDomain) }
      let look = isForeign ? "it looks \(row.domain == .a ? "drawn" : "photographed")" : nil
      let details = [row.detail, look].compactMap { $0 }
      return ItemReport(
        path: path, status: .done, detail: details.isEmpty ? nil : details.joined(separator: "; "),
        outputs: outputs)
    }
    let why = row.reason ?? crops.first?.reason
    let details = [row.reason == nil ? crops.first?.detail : nil, row.detail].compactMap { $0 }
    return ItemReport(
      path: path, status: .skipped, why: why, detail: details.isEmpty ? nil : details.joined(separator: "; "))
  }
}
