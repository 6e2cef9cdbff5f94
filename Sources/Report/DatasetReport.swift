public import Dataset
import Foundation
public import Ledger
package import PublishedDataset

/// The report: one HTML page without scripts that needs no network and no other files.
///
/// It starts with the counts and the advice. Then it compares A and B and shows kept and rejected samples. Folded sections
/// below show characters, duplicates, test images, borderline and unusual samples, other limits and the settings.
public struct DatasetReport: Sendable {
  /// The version of the page's layout; a change makes written reports outdated.
  package static let version = 8

  private let summary: DatasetSummary
  private let kept: [Sample]
  private let rejected: [Sample]
  private let output: OutputFolder
  private let ledger: Ledger
  private let jobs: Int

  /// The report of a dataset with this summary and these samples.
  package init(
    summary: DatasetSummary, kept: [Sample], rejected: [Sample], output: OutputFolder, ledger: Ledger,
    jobs: Int
  ) {
    (self.summary, self.kept, self.rejected) = (summary, kept, rejected)
    (self.output, self.ledger, self.jobs) = (output, ledger, jobs)
  }

  /// Writes the report of the dataset in `output` again, from its manifests.
  ///
  /// - Throws: `DatasetError` if there is no dataset or its manifest is damaged, `WriteError`.
  public static func write(output: OutputFolder, ledger: Ledger, jobs: Int) async throws {
    let summary = try DatasetSummary.read(output)
    let counts = summary.counts.values
    let report = DatasetReport(
      summary: summary,
      kept: try samples(
        of: output.metadata, spacing: spacing(of: counts.reduce(0) { $0 + $1.train + $1.test })),
      rejected: try samples(of: output.rejected, spacing: spacing(of: counts.reduce(0) { $0 + $1.rejected })),
      output: output, ledger: ledger, jobs: max(1, jobs))
    let bytes = Array(try await report.html().utf8)
    try AtomicFile.write(bytes, to: output.report)
    try ledger.record(
      PublishedFile(path: output.relativePath(of: output.report), sha256: Digest(of: bytes).hex))
  }

  /// The maximum number of samples of the dataset, and of rejected samples, that statistics, advice and the report use.
  package static let reported = 100_000

  /// The distance of the used samples among `count`: 1 if all are used.
  package static func spacing(of count: Int) -> Int { max(1, (count + reported - 1) / reported) }

  /// Every n-th sample of a manifest.
  private static func samples(of url: URL, spacing: Int) throws -> [Sample] {
    var samples: [Sample] = []
    try ManifestFile.forEach(in: url) { sample, number in
      if (number - 1) % spacing == 0 { samples.append(sample) }
    }
    return samples
  }

  /// The page.
  package func html() async throws -> String {
    let sheets = Sheets(summary, kept: kept, rejected: rejected)
    let advice = Advice(summary, kept: kept, rejected: rejected).points
    let shown = advice.flatMap(\.samples) + sheets.samples
    let thumbnails = try await Thumbnails(shown, files: try files(of: shown), output: output, jobs: jobs)
    var page = Page(title: summary.name)
    page.header(
      summary, advice: advice, thumbnails, date: Date.now.formatted(.iso8601.year().month().day()))
    try await page.comparison(
      domains: domains, kept: kept, averages: AverageFace.all(of: kept, in: output, jobs: jobs),
      balance: summary.balance)
    for domain in domains { page.sheet(of: domain, sheets, thumbnails) }
    page.leftOut(sheets, thumbnails)
    page.characters(sheets, thumbnails)
    page.duplicates(sheets, thumbnails)
    page.split(sheets, thumbnails)
    page.findings(
      "Borderline", id: "borderline", lead: "Kept, but close to a rule's limit: would you have kept them?",
      sheets.borderline, thumbnails)
    page.findings(
      "Unusual", id: "unusual", lead: "Far from the median of their domain in some measure.", sheets.unusual,
      thumbnails)
    page.otherLimits(limitTrials)
    page.fittedFraming(summary.fit)
    page.matchedFraming(summary.framing)
    page.settings(summary)
    return page.html
  }

  /// The number of samples that each of the dataset's rules and of the presets' rules would reject alone.
  private var limitTrials: [LimitTrial] {
    domains.flatMap { domain in
      LimitTrial.all(
        domain, rules: summary.rules(of: domain), samples: (kept + rejected).filter { $0.domain == domain })
    }
  }

  /// The source files of `samples`, by id.
  private func files(of samples: [Sample]) throws -> [String: String] {
    var files: [String: String] = [:]
    for sample in samples where files[sample.id] == nil {
      files[sample.id] = try ledger.file(
        ofImageAt: sample.source.path, sha256: sample.source.sha256, in: sample.domain)
    }
    return files
  }

  private var domains: [Domain] { Domain.allCases.filter { summary.counts[$0.rawValue] != nil } }
}
