public import Dataset
import Foundation
public import Ledger

/// The report: one HTML page that needs nothing beside itself, neither network nor scripts.
///
/// It begins with the counts and with what to do next; then come A beside B, sheets of what was kept, what was left out by
/// reason, duplicates beside the one that was kept, the split, and the settings.
public struct Report: Sendable {
  /// What the page looks like; another number makes it outdated.
  static let version = 3

  let summary: DatasetSummary
  let kept: [Sample]
  let rejected: [Sample]
  let output: OutputFolder
  let ledger: Ledger
  let jobs: Int

  /// Writes the report of the dataset in `output` anew, from its manifest.
  ///
  /// - Throws: `CurateError.notPublished` where there is no dataset, `CurateError.damagedManifest`, `WriteError`.
  public static func write(output: OutputFolder, ledger: Ledger, jobs: Int) async throws {
    let report = Report(
      summary: try DatasetSummary.read(output), kept: try Manifest.read(output.metadata),
      rejected: try Manifest.read(output.rejected), output: output, ledger: ledger, jobs: max(1, jobs))
    let bytes = Array(try await report.html().utf8)
    try AtomicFile.write(bytes, to: output.report)
    let publication = Publication(output: output, ledger: ledger, jobs: jobs)
    try ledger.record(
      PublishedFile(path: publication.relative(output.report), sha256: Digest(of: bytes).hex))
  }

  /// The page.
  func html() async throws -> String {
    let sheets = Sheets(summary, kept: kept, rejected: rejected)
    let thumbnails = try await Thumbnails(sheets.samples, files: try files(), output: output, jobs: jobs)
    var page = Page(title: summary.name)
    page.header(summary, advice: Advice(summary, kept: kept, rejected: rejected).sentences)
    try await page.comparison(
      domains: domains, kept: kept, means: MeanFace.all(of: kept, in: output, jobs: jobs),
      balance: summary.balance)
    for domain in domains { page.sheet(of: domain, sheets, thumbnails) }
    page.doubtful(sheets, thumbnails)
    page.leftOut(sheets, thumbnails)
    page.duplicates(sheets, thumbnails)
    page.split(summary, sheets, thumbnails)
    page.matchedFraming(summary.framing)
    page.settings(summary)
    return page.html
  }

  /// The image files of samples that have no crop, by identity.
  private func files() throws -> [String: String] {
    var byOrigin: [Sample.Source: String] = [:]
    for domain in domains {
      for image in try ledger.images(of: domain) where image.time == nil {
        byOrigin[Sample.Source(path: image.path, sha256: image.sha256)] = image.file
      }
    }
    let pairs = rejected.filter { $0.crop == nil }.compactMap { sample in
      byOrigin[sample.source].map { (sample.id, $0) }
    }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  private var domains: [Domain] { Domain.allCases.filter { summary.counts[$0.rawValue] != nil } }
}
