public import Dataset
import Foundation
import Imaging
public import Ledger

/// Turns sources into aligned, square face crops, and records for each the map from source pixels to crop
/// pixels.
///
/// Images that the ledger has with the same settings are skipped, so a second run does nothing.
public struct CropStage: Sendable {
  let settings: Settings
  private let output: OutputFolder
  let ledger: Ledger
  let jobs: Int
  let reporter: any StageReporter
  private let detectors: DetectorCatalogue
  /// The part of the sources' files that is cropped; nil for all of them.
  private let shard: Shard?
  /// The faces of all shards, for a framing that depends on them; nil to find them here, in all images.
  let surveyed: FramingSurvey?

  /// The stage for all domains of `settings`.
  ///
  /// - Parameters:
  ///   - settings: What to crop and how.
  ///   - output: The folder for the crops.
  ///   - ledger: What earlier runs did.
  ///   - jobs: How many images are processed at a time.
  ///   - reporter: Receives a report for each image.
  ///   - detectors: Makes the detectors that the settings name.
  ///   - shard: The part of the files to crop; nil for all of them.
  ///   - surveyed: The faces of all shards, for a framing that depends on them; nil to find them in all images.
  public init(
    settings: Settings, output: OutputFolder, ledger: Ledger, jobs: Int, reporter: any StageReporter,
    detectors: DetectorCatalogue, shard: Shard? = nil, surveyed: FramingSurvey? = nil
  ) {
    (self.shard, self.surveyed) = (shard, surveyed)
    (self.settings, self.output, self.ledger) = (settings, output, ledger)
    (self.jobs, self.reporter, self.detectors) = (jobs, reporter, detectors)
  }

  /// Crops what is missing or outdated.
  ///
  /// - Throws: `DetectorError` if a detector's model is missing; `WriteError`, `LedgerError`;
  ///   `CancellationError`.
  public func run() async throws -> StageSummary {
    var summary = StageSummary(stage: .crop)
    let scans = scanned()
    reporter.stageStarted(.crop, total: scans.map(\.files.count).reduce(0, +))
    let plans = try await framingPlans(scans, into: &summary)
    for scan in scans {
      for folder in scan.closed { report(.unreadableFolder(folder), &summary) }
      try await crop(scan, plans[scan.domain] ?? FramingPlan(scan.settings.crop), into: &summary)
      try ExtentRecovery(ledger: ledger, align: scan.settings.crop.align).run(on: scan.domain)
    }
    reporter.stageFinished(summary)
    return summary
  }

  /// Detects the faces of all images for a framing that depends on them, without cutting any crop.
  ///
  /// - Throws: As `run`.
  public func survey() async throws -> FramingSurvey {
    let scans = scanned()
    var summary = StageSummary(stage: .crop)
    reporter.stageStarted(.crop, total: scans.map(\.files.count).reduce(0, +))
    var found = FramingSurvey()
    for scan in scans { try await survey(scan, into: &found) }
    summary.notes.append("the faces of both domains were measured; no crop was cut")
    reporter.stageFinished(summary)
    return found
  }

  /// The digest of the names of all files in the sources, for all shards, and of the hours of long videos.
  ///
  /// Machines with the same sources get the same digest.
  public static func listing(_ settings: Settings) -> String {
    var hasher = Hasher256()
    for domain in Domain.allCases {
      for (index, source) in (settings.domains[domain]?.sources ?? []).enumerated() {
        var scan = SourceScan()
        scan.add(source, number: index, excluding: settings.output)
        for file in scan.files {
          let hours = file.kind == .videos ? VideoHours.count(of: file.file) : 1
          Array("\(domain.rawValue) \(index) \(file.path)\(hours > 1 ? " \(hours) hours" : "")\n".utf8)
            .withUnsafeBytes { hasher.update($0) }
        }
      }
    }
    return hasher.finish().hex
  }

  /// The files of all domains that belong to the shard.
  private func scanned() -> [Scan] {
    Domain.allCases.compactMap { domain in
      guard let domainSettings = settings.domains[domain] else { return nil }
      var found = SourceScan()
      for (index, source) in domainSettings.sources.enumerated() {
        // A shard's output is inside the dataset's folder, which is excluded as a whole.
        found.add(source, number: index, excluding: shard == nil ? output.url : settings.output)
      }
      if found.companions > 0 {
        let kinds = "captions, metadata and other files beside the pictures"
        reporter.note("domain \(domain.rawValue): skipped \(found.companions) \(kinds)")
      }
      let files = shard.map { shard in found.files.compactMap { shard.part(of: $0) } } ?? found.files
      return Scan(domain: domain, settings: domainSettings, files: files, closed: found.closed)
    }
  }

  /// The files of one domain.
  struct Scan {
    let domain: Domain
    let settings: DomainSettings
    let files: [SourceFile]
    let closed: [String]
  }

  /// The reader for the images of a domain, which frames crops by `plan`.
  func reader(_ scan: Scan, _ plan: FramingPlan) throws -> ImageReader {
    let crop = scan.settings.crop
    return ImageReader(
      ledger: ledger, output: output, domain: scan.domain,
      detection: try DetectionSource(crop, of: scan.domain, detectors, ledger),
      cutter: FaceCutter(
        selection: FaceSelection(settings: crop, rule: plan.rule, maxOutside: plan.maxOutside),
        size: settings.size),
      userCrops: UserCropCutter(output: output, ledger: ledger, border: crop.border),
      settings: settings.cropDigest(scan.domain).hex + plan.key)
  }

  private func crop(_ scan: Scan, _ plan: FramingPlan, into summary: inout StageSummary) async throws {
    let (ledger, domain, sources) = (ledger, scan.domain, scan.settings.sources)
    let reader = try reader(scan, plan)
    let digest = reader.digest(.videos)
    let items = CropItems(scan.files, of: sources) { file, interval in
      let sha256 = try reader.digest(of: file)
      let known = try ledger.digest(ofVideo: sha256, every: "\(interval)", in: domain, at: .crop)
      return (sha256, try known == digest && reader.hasCrops(ofVideo: sha256))
    }
    var (seen, copies): (Set<SourceID>, Set<String>) = ([], [])
    let makeAnalyzer = reader.detection.makeAnalyzer
    var wrongDomain: [String] = []
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
          if crops.contains(where: { $0.face.flags.contains(.wrongDomain) }) {
            wrongDomain.append(file.path + (row.time.map { " at \(NumberText.time($0))" } ?? ""))
          }
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
    if reader.detection.name == "haar" {
      summary.notes.append(
        "domain \(domain.rawValue): haar detected the faces; its eye positions are often too uncertain to align them; "
          + "a better detector: easel models fetch centerface")
    }
    if !wrongDomain.isEmpty {
      summary.notes.append(
        "\(wrongDomain.count) of domain \(domain.rawValue) \(wrongDomain.count == 1 ? "looks" : "look") "
          + "\(domain == .a ? "drawn" : "photographed"): "
          + wrongDomain.prefix(3).joined(separator: ", ") + (wrongDomain.count > 3 ? " and more" : ""))
    }
  }

  private func report(_ item: ItemReport, _ summary: inout StageSummary) {
    summary.count(item)
    reporter.itemFinished(item, of: .crop)
  }

  private func itemReport(_ row: ImageRow, _ crops: [CropRow]) -> ItemReport {
    let outputs = crops.filter { $0.reason == nil }.map { output.crop($0.id).path }
    let path = row.file + (row.time.map { "@\($0)s" } ?? "")
    if !outputs.isEmpty {
      let isWrongDomain = crops.contains { $0.reason == nil && $0.face.flags.contains(.wrongDomain) }
      let look = isWrongDomain ? "it looks \(row.domain == .a ? "drawn" : "photographed")" : nil
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
