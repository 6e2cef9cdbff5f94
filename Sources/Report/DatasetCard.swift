package import Dataset
package import PublishedDataset

/// The README of the dataset: its contents, sources, rejected samples, settings and gaps.
package struct DatasetCard {
  /// The text, in Markdown.
  package let text: String

  /// The card of a dataset.
  ///
  /// - Parameters:
  ///   - summary: Its summary.
  ///   - advice: The advice.
  ///   - files: The number of source files of the samples, by domain.
  ///   - settings: The settings.
  ///   - hasImageFolder: Whether the folder `imagefolder` leads to all images.
  package init(
    _ summary: DatasetSummary, advice: Advice, files: [Domain: Int], settings: Settings, hasImageFolder: Bool
  ) {
    var lines = Self.front(summary, settings) + ["# \(summary.name)", ""]
    let hasBoth = settings.domains.count == 2
    lines += [
      hasBoth
        ? "Two unpaired domains for U-GAT-IT and similar networks: `A` is the source, `B` the target."
        : "One domain of images.",
      "All images are PNG files of \(summary.size) x \(summary.size) pixels, background \(summary.settings.background).",
      "`metadata.jsonl` has one line for each image, `rejected.jsonl` one for each rejected image with the reason;",
      "`report/index.html` shows both.", "",
    ]
    if hasImageFolder {
      lines += [
        "Hugging Face's `load_dataset(\"FOLDER\")` and `load_dataset(\"imagefolder\", data_dir=\"FOLDER\")` find the splits.",
        "The second one reads the lists in `imagefolder`, whose column `domain` is `A` or `B`.", "",
      ]
    }
    lines += ["| domain | train | test | rejected |", "|---|---|---|---|"]
    for (domain, count) in summary.counts.sorted(by: { $0.key < $1.key }) {
      lines.append("| \(domain) | \(count.train) | \(count.test) | \(count.rejected) |")
    }
    lines += ["", "## Sources", ""]
    for (domain, one) in settings.domains.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let count = summary.counts[domain.rawValue].map { $0.train + $0.test } ?? 0
      lines.append(
        "- \(domain.rawValue): \(count) faces from \(files[domain] ?? 0) files"
          + (one.sources.isEmpty ? "" : ":"))
      lines += one.sources.map { source in
        "  - \(source.kind.rawValue) from `\(source.location.split(separator: "/").last.map(String.init) ?? "/")`, "
          + (source.licence.map { "licence: \($0)" } ?? "no licence given")
      }
    }
    lines += [
      "", "The rights of the sources apply to the images. " + Self.rights(settings), "", "## Rejected", "",
    ]
    for (domain, count) in summary.counts.sorted(by: { $0.key < $1.key }) {
      for (reason, number) in count.reasons.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
        lines.append("- \(domain): \(number) as `\(reason)`")
      }
    }
    if summary.counts.values.allSatisfy({ $0.rejected == 0 }) { lines.append("Nothing.") }
    lines += ["", "## Settings", ""]
    for (measure, bounds) in summary.settings.keepIf.sorted(by: { $0.key < $1.key }) {
      lines.append("- kept if \(measure) is \(Self.text(bounds))")
    }
    for (domain, rules) in (summary.settings.domainKeepIf ?? [:]).sorted(by: { $0.key < $1.key }) {
      for (measure, bounds) in rules.sorted(by: { $0.key < $1.key }) {
        lines.append("- in \(domain), kept if \(measure) is \(Self.text(bounds))")
      }
    }
    lines += [
      "- copies: `duplicates: { distance: \(summary.settings.duplicateDistance), "
        + "confirm: \(NumberText.plain(summary.settings.duplicateConfirm)) }`",
      "- split: \(summary.settings.test) test images of each domain, seed \(summary.settings.seed); groups are never split",
      "",
      "All settings are in `settings.yaml`.", "", "## Gaps", "",
    ]
    let gaps = advice.sentences
    lines += gaps.isEmpty ? ["None found."] : gaps.map { "- \($0)" }
    text = lines.joined(separator: "\n") + "\n"
  }

  /// The YAML that Hugging Face's hub reads: licence, name, task, size, and where the splits are.
  private static func front(_ summary: DatasetSummary, _ settings: Settings) -> [String] {
    let samples = summary.counts.values.reduce(0) { $0 + $1.train + $1.test }
    let sizes = [
      (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
      (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"),
    ]
    let licences = Set(licences(settings).map { $0?.lowercased() })
    // A single word that is the same for all sources is a licence identifier; anything else is only in the text.
    let only = licences.count == 1 ? licences.first.flatMap { $0 } : nil
    let isWord = only?.wholeMatch(of: /[a-z0-9.+-]+/) != nil
    return [
      "---", "license: \(isWord ? only ?? "unknown" : licences.contains { $0 != nil } ? "other" : "unknown")",
      "pretty_name: \"\(summary.name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"",
      "task_categories:", "- image-to-image", "tags:", "- faces", "- unpaired", "- u-gat-it",
      "size_categories:",
      "- \(sizes.first { samples < $0.0 }?.1 ?? "n>1B")",
    ] + splits(summary) + ["---", ""]
  }

  /// The folders of each split, which `load_dataset` reads from the dataset's folder.
  private static func splits(_ summary: DatasetSummary) -> [String] {
    let used = Split.allCases.filter { split in
      summary.counts.values.contains { split == .train ? $0.train > 0 : $0.test > 0 }
    }
    return ["configs:", "- config_name: default", "  data_files:"]
      + used.flatMap { split in
        ["  - split: \(split.rawValue)", "    path:"]
          + summary.counts.keys.sorted().filter { domain in
            split == .train ? summary.counts[domain]?.train ?? 0 > 0 : summary.counts[domain]?.test ?? 0 > 0
          }.map { "    - \(split.rawValue)\($0)/**" }
      }
  }

  private static func licences(_ settings: Settings) -> [String?] {
    settings.domains.values.flatMap(\.sources).map(\.licence)
  }

  private static func rights(_ settings: Settings) -> String {
    let unknown = licences(settings).count { $0 == nil }
    return unknown == 0 && !settings.domains.values.flatMap(\.sources).isEmpty
      ? "The licences above are those in the settings."
      : "Find out missing licences before you share the dataset, and set them with `licence:` at the source in the settings."
  }

  private static func text(_ bounds: [Double]) -> String {
    bounds.count == 2
      ? "between \(NumberText.plain(bounds[0])) and \(NumberText.plain(bounds[1]))"
      : "at least \(NumberText.plain(bounds.first ?? 0))"
  }
}
