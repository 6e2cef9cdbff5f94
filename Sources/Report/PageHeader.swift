import Dataset
import Foundation
import PublishedDataset

extension Page {
  /// What a person sees first: how many images there are, and what to do next.
  mutating func header(_ summary: DatasetSummary, advice: [String], date: String) {
    var html = "<header>\n<h1>\(Page.escaped(summary.name))</h1>\n"
    html +=
      "<p class=\"lead\">\(summary.size) × \(summary.size) pixels, background \(Page.escaped(summary.settings.background)); "
      + "report of \(date), Easel \(Self.version)</p>\n<div class=\"counts\">\n"
    for (domain, count) in summary.counts.sorted(by: { $0.key < $1.key }) {
      let kind = domain == "A" ? "source" : "target"
      html += "<div class=\"\(domain.lowercased())\"><b>\(count.train)</b>training images of \(domain)"
      html += "<small>\(kind); and \(count.test) for testing</small></div>\n"
      html += "<div><b>\(count.rejected)</b>left out of \(domain)"
      html += "<small>of \(count.train + count.test + count.rejected)</small></div>\n"
    }
    html += "</div>\n<div class=\"next\">\n"
    if advice.isEmpty {
      html +=
        "<strong>Ready to train.</strong> Nothing unusual was found. Look through the images below, then run "
      html += "<code>easel train</code>.\n"
    } else {
      html += "<strong>What to do next</strong>\n<ol>\n"
      html += advice.map { "<li>\(Page.escaped($0))</li>\n" }.joined()
      html +=
        "<li>Look through the images below; with <code>easel review</code> you reject or restore single images. "
      html += "Then run <code>easel train</code>.</li>\n</ol>\n"
    }
    top = html + "</div>\n</header>\n"
  }

  /// The version of the program, as `easel --version` prints it.
  static let version = "0.1.0"

  /// The settings that shaped the dataset.
  mutating func settings(_ summary: DatasetSummary) {
    func text(_ bounds: [Double]) -> String { bounds.map { NumberText.plain($0) }.joined(separator: " to ") }
    var rows = summary.settings.keepIf.sorted { $0.key < $1.key }.map { ("keep-if: \($0)", text($1)) }
    for (domain, rules) in (summary.settings.domainKeepIf ?? [:]).sorted(by: { $0.key < $1.key }) {
      rows += rules.sorted { $0.key < $1.key }.map { ("\(domain): keep-if: \($0)", text($1)) }
    }
    let confirm = NumberText.plain(summary.settings.duplicateConfirm)
    rows += [
      ("duplicates", "distance \(summary.settings.duplicateDistance) of 64 bits, confirm \(confirm)"),
      ("split", "test \(summary.settings.test) of each domain, seed \(summary.settings.seed)"),
      ("digest of the images", summary.digests.images), ("digest of the settings", summary.digests.settings),
    ]
    folded(
      "Settings", id: "settings", count: "all are in settings.yaml",
      Self.table(rows.map { [Self.escaped($0.0), "<code>\(Self.escaped($0.1))</code>"] }))
  }

  /// How far apart faces were before and after the framings were matched.
  mutating func matchedFraming(_ comparison: FramingComparison?) {
    guard let comparison else { return }
    func percent(_ share: Double) -> String { "\(NumberText.plain((share * 1000).rounded() / 10)) %" }
    let leader: Domain = comparison.moved == .a ? .b : .a
    let rows = [
      (leader.rawValue, comparison.leader), ("\(comparison.moved.rawValue) before", comparison.before),
      ("\(comparison.moved.rawValue) now", comparison.after),
    ].map { name, mean in
      [
        name, percent(mean.eyeLine), percent(mean.faceShare), percent(mean.aside),
        MeasureName.roll.brief(mean.roll), "\(mean.faces)",
      ]
    }
    let head = ["", "eyes from the top", "brows to chin", "right of the middle", "tilt", "faces"]
    folded(
      "Matched framing", id: "matched", count: "of \(comparison.moved.rawValue)",
      lead: "10 % trimmed means of all cropped faces. The largest difference was "
        + "\(percent(comparison.leader.distance(to: comparison.before))) of the crop's side and is now "
        + "\(percent(comparison.leader.distance(to: comparison.after))).",
      Self.table(head: head, rows))
  }
}
