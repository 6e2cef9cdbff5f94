import Dataset

/// The README that lies beside the images: what the dataset is, where it is from, and what it lacks.
struct DatasetCard {
  /// The text, in Markdown.
  let text: String

  init(_ summary: DatasetSummary, kept: [Sample], rejected: [Sample], settings: Settings) {
    var lines = ["# \(summary.name)", ""]
    let hasBoth = settings.domains.count == 2
    lines += [
      hasBoth
        ? "Two unpaired domains for U-GAT-IT and its kin: `A` is the source, `B` the target."
        : "One domain of images.",
      "All images are PNG files of \(summary.size) x \(summary.size) pixels, background \(summary.settings.background).",
      "`metadata.jsonl` holds one line an image, `rejected.jsonl` what was left out and why;",
      "`report/index.html` shows both.", "", "| domain | train | test | left out |", "|---|---|---|---|",
    ]
    for (domain, count) in summary.counts.sorted(by: { $0.key < $1.key }) {
      lines.append("| \(domain) | \(count.train) | \(count.test) | \(count.rejected) |")
    }
    lines += ["", "## Sources", ""]
    for (domain, one) in settings.domains.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let own = kept.filter { $0.domain == domain }
      let files = Set(own.map(\.source.sha256)).count
      lines.append(
        "- \(domain.rawValue): \(own.count) faces from \(files) files"
          + (one.sources.isEmpty ? "" : " (\(one.sources.map(\.kind.rawValue).joined(separator: ", ")))"))
    }
    lines += [
      "", "The images keep the rights of their sources, which this file does not know: add them here before",
      "the dataset is passed on.", "", "## Left out", "",
    ]
    for (domain, count) in summary.counts.sorted(by: { $0.key < $1.key }) {
      for (reason, number) in count.reasons.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
        lines.append("- \(domain): \(number) as `\(reason)`")
      }
    }
    if rejected.isEmpty { lines.append("Nothing.") }
    lines += ["", "## Settings", ""]
    for (measure, bounds) in summary.settings.keepIf.sorted(by: { $0.key < $1.key }) {
      lines.append("- kept if \(measure) is \(Self.text(bounds))")
    }
    lines += [
      "- duplicates: hashes at most \(summary.settings.duplicateDistance) of 64 bits apart, pixels that correlate by at least "
        + Rules.text(summary.settings.duplicateConfirm),
      "- split: \(summary.settings.test) for testing a domain, seed \(summary.settings.seed); groups stay whole",
      "",
      "All settings stand in `settings.yaml`.", "", "## Gaps", "",
    ]
    let gaps = Advice(summary, kept: kept, rejected: rejected).sentences
    lines += gaps.isEmpty ? ["None that the numbers show."] : gaps.map { "- \($0)" }
    text = lines.joined(separator: "\n") + "\n"
  }

  private static func text(_ bounds: [Double]) -> String {
    bounds.count == 2
      ? "between \(Rules.text(bounds[0])) and \(Rules.text(bounds[1]))"
      : "at least \(Rules.text(bounds.first ?? 0))"
  }
}
