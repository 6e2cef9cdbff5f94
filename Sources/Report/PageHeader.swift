import Dataset
import Foundation
import PublishedDataset

extension Page {
  /// The header: the numbers of images, and the advice.
  mutating func header(
    _ summary: DatasetSummary, advice: [Advice.Point], _ thumbnails: Thumbnails, date: String
  ) {
    var html = "<header>\n<h1>\(Page.escaped(summary.name))</h1>\n"
    html +=
      "<p class=\"lead\">\(summary.size) × \(summary.size) pixels, background \(Page.escaped(summary.settings.background)); "
      + "report of \(date), Easel \(Release.version)</p>\n<div class=\"counts\">\n"
    for (domain, count) in summary.counts.sorted(by: { $0.key < $1.key }) {
      let kind = domain == "A" ? "source" : "target"
      html += "<div class=\"\(domain.lowercased())\"><b>\(count.train)</b>training images of \(domain)"
      html += "<small>\(kind); and \(count.test) for testing</small></div>\n"
      html += "<div><b>\(count.rejected)</b>rejected of \(domain)"
      html += "<small>of \(count.train + count.test + count.rejected)</small></div>\n"
    }
    html += "</div>\n<div class=\"next\">\n"
    if advice.isEmpty {
      html +=
        "<strong>Ready to train.</strong> Nothing unusual was found. Check the images below, then run "
      html += "<code>easel train</code>.\n"
    } else {
      html += "<strong>What to do next</strong>\n<ol>\n"
      for point in advice {
        // A frame of a video without a face has no picture.
        let shown = point.samples.filter { thumbnails[$0] != nil }
        let pictures = shown.map { Page.figure($0, thumbnails) }.joined()
        html += "<li>\(Page.escaped(point.sentence))"
        html += pictures.isEmpty ? "</li>\n" : "\n<div class=\"examples\">\n\(pictures)</div></li>\n"
      }
      html +=
        "<li>Check the images below; with <code>easel review</code> you accept or reject single images. "
      html += "Then run <code>easel train</code>.</li>\n</ol>\n"
    }
    top = html + "</div>\n</header>\n"
  }

  /// The most important settings of the dataset.
  mutating func settings(_ summary: DatasetSummary) {
    func text(_ bounds: [Double]) -> String { bounds.map { NumberText.plain($0) }.joined(separator: " to ") }
    var rows = summary.settings.keepIf.sorted { $0.key < $1.key }.map { ("keep-if: \($0)", text($1)) }
    for (domain, rules) in (summary.settings.domainKeepIf ?? [:]).sorted(by: { $0.key < $1.key }) {
      rows += rules.sorted { $0.key < $1.key }.map { ("\(domain): keep-if: \($0)", text($1)) }
    }
    let confirm = NumberText.plain(summary.settings.duplicateConfirm)
    rows += [
      ("duplicates", "distance \(summary.settings.duplicateDistance), confirm \(confirm)"),
      ("split", "test \(summary.settings.test) of each domain, seed \(summary.settings.seed)"),
      ("digest of the images", summary.digests.images), ("digest of the settings", summary.digests.settings),
    ]
    folded(
      "Settings", id: "settings", count: "all are in settings.yaml",
      Self.table(rows.map { [Self.escaped($0.0), "<code>\(Self.escaped($0.1))</code>"] }))
  }

  /// A share in percent with one decimal.
  private func percent(_ share: Double) -> String { "\(NumberText.plain((share * 1000).rounded() / 10)) %" }

  /// The fraction of crops that do not fit into their images, for each framing.
  mutating func fittedFraming(_ fit: FittedFraming?) {
    guard let fit else { return }
    let domains = Domain.allCases.filter { domain in fit.costs.contains { $0.domain == domain } }
    var names: [String] = []
    for cost in fit.costs where !names.contains(cost.framing) { names.append(cost.framing) }
    let rows = names.map { name in
      [name == "fit" ? "<b>fit</b>" : name]
        + domains.flatMap { domain -> [String] in
          let cost = fit.costs.first { $0.framing == name && $0.domain == domain }
          return [cost.map { percent($0.beyond) } ?? "-", cost.map { percent($0.medianOutside) } ?? "-"]
        }
    }
    let head =
      ["framing"] + domains.flatMap { ["crops of \($0.rawValue) that do not fit", "median outside"] }
    folded(
      "Framing that fits", id: "fit", count: Self.escaped("\(fit.framing)"),
      lead:
        "A crop fits if at most \(percent(FittedFraming.maxOutside)) of it is outside the image. This framing has "
        + "\(percent(fit.margins)) of photo2cartoon's margins, which is the maximum at which at most \(percent(fit.limit)) of "
        + "the faces of each domain do not fit. The other rows are other values of crop: framing:.",
      Self.table(head: head, rows))
  }

  /// The mean positions of faces before and after the framings were matched.
  mutating func matchedFraming(_ comparison: FramingComparison?) {
    guard let comparison else { return }
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
    let head = ["", "eyes from the top", "face size", "right of the middle", "tilt", "faces"]
    folded(
      "Matched framing", id: "matched", count: "of \(comparison.moved.rawValue)",
      lead: "10 % trimmed means of all cropped faces. The largest difference was "
        + "\(percent(comparison.leader.distance(to: comparison.before))) of the crop's side and is now "
        + "\(percent(comparison.leader.distance(to: comparison.after))).",
      Self.table(head: head, rows))
  }
}
