import Dataset

extension Page {
  /// What a person sees first: how much there is, and what to do next.
  mutating func header(_ summary: DatasetSummary, advice: [String]) {
    var html = "<header>\n<h1>\(Page.escaped(summary.name))</h1>\n"
    html +=
      "<p class=\"lead\">\(summary.size) x \(summary.size) pixels, background \(Page.escaped(summary.settings.background))</p>\n"
    html += "<div class=\"counts\">\n"
    for (domain, count) in summary.counts.sorted(by: { $0.key < $1.key }) {
      let kind = domain == "A" ? "source" : "target"
      html += "<div class=\"\(domain.lowercased())\"><b>\(count.train)</b>to train on in \(domain)"
      html += "<small>\(kind); \(count.test) more for testing</small></div>\n"
      html += "<div><b>\(count.rejected)</b>left out of \(domain)"
      html += "<small>of \(count.train + count.test + count.rejected)</small></div>\n"
    }
    html += "</div>\n<div class=\"next\">\n"
    if advice.isEmpty {
      html +=
        "<strong>Ready to train.</strong> Nothing stands out; look through the sheets below, then run <code>easel train</code>.\n"
    } else {
      html += "<strong>What to do next</strong>\n<ol>\n"
      html += advice.map { "<li>\(Page.escaped($0))</li>\n" }.joined()
      html +=
        "<li>Look through the sheets below; <code>easel review</code> lets you leave out or bring back single images. "
      html += "Then run <code>easel train</code>.</li>\n</ol>\n"
    }
    add(html + "</div>\n</header>\n")
  }

  /// A beside B: where faces sit, and how light and colour are spread.
  mutating func comparison(domains: [Domain], kept: [Sample], means: [Domain: String]) {
    var html = "<div class=\"pair\">\n<div>\n<h3>Mean image</h3>\n<div class=\"mean\">\n"
    for domain in domains {
      guard let mean = means[domain] else { continue }
      html += "<figure><img src=\"\(mean)\" width=\"160\" height=\"160\" alt=\"mean of \(domain.rawValue)\">"
      html += "<figcaption>\(domain.rawValue)</figcaption></figure>\n"
    }
    html += "</div>\n\(framing(domains, kept))</div>\n"
    for measure in ["brightness", "saturation", "sharpness"] {
      guard let svg = Histogram(measure, of: kept, domains: domains).svg else { continue }
      html += "<div>\n<h3>\(measure.prefix(1).uppercased() + measure.dropFirst())</h3>\n\(svg)\n</div>\n"
    }
    html += "</div>\n"
    let key = domains.map { "<span><i class=\"\($0.rawValue.lowercased())\"></i>\($0.rawValue)</span>" }
      .joined()
    section(
      domains.count == 2 ? "A beside B" : "The images in numbers", id: "compare",
      lead:
        "Where the two differ, the model learns the difference. A mean that is smeared says that faces sit in different places.",
      "<p class=\"key\">\(key)</p>\n" + html)
  }

  private func framing(_ domains: [Domain], _ kept: [Sample]) -> String {
    let rows = domains.compactMap { domain -> String? in
      let framing = Framing(kept.filter { $0.domain == domain })
      guard framing.eyeLine != nil || framing.faceShare != nil else { return nil }
      func percent(_ share: Double?) -> String { share.map { "\(Int(($0 * 100).rounded())) %" } ?? "unknown" }
      return
        "<tr><th>\(domain.rawValue)</th><td>\(percent(framing.eyeLine))</td><td>\(percent(framing.faceShare))</td></tr>\n"
    }
    guard !rows.isEmpty else { return "" }
    return
      "<div class=\"scroll\"><table><thead><tr><th></th><th>eyes from the top</th><th>face of the height</th></tr></thead>\n"
      + "<tbody>\(rows.joined())</tbody></table></div>\n"
  }

  /// What was kept of one domain.
  mutating func sheet(of domain: Domain, _ sheets: Sheets, _ thumbnails: Thumbnails) {
    guard let sheet = sheets.train[domain] else { return }
    section("Kept in \(domain.rawValue)", id: "kept-\(domain.rawValue)", Page.grid(sheet, thumbnails))
  }

  /// What was left out, by reason, duplicates aside.
  mutating func leftOut(_ sheets: Sheets, _ thumbnails: Thumbnails) {
    var html = ""
    for (domain, reason, count, sheet) in sheets.leftOut {
      html += "<h3>\(domain.rawValue): \(count) as <code>\(Page.escaped(reason.rawValue))</code></h3>\n"
      let grid = Page.grid(sheet, thumbnails) { sample in
        let name = sample.source.path.split(separator: "/").last.map(String.init) ?? sample.source.path
        return sample.decision.detail.map { "\(name): \($0)" } ?? name
      }
      html += grid.replacing("<div class=\"grid\">", with: "<div class=\"grid told\">", maxReplacements: 1)
    }
    section(
      "Left out", id: "left-out",
      lead:
        "Nothing was deleted: each image has its line in rejected.jsonl, and your word stands above the rules'.",
      html)
  }

  /// Samples that show the same picture, beside the one that was kept.
  mutating func duplicates(_ sheets: Sheets, _ thumbnails: Thumbnails) {
    var html = ""
    for group in sheets.duplicates {
      html += "<div class=\"twin\">\n" + Page.figure(group.best, thumbnails, mark: "kept")
      for sample in group.others.shown {
        let words = sample.decision.detail.map {
          $0.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? $0
        }
        html += Page.figure(sample, thumbnails, caption: words)
      }
      html +=
        (group.others.more > 0 ? "<p class=\"more\">and \(group.others.more) more like it</p>\n" : "")
        + "</div>\n"
    }
    if !html.isEmpty { html = "<div class=\"twins\">\n\(html)</div>\n" }
    if sheets.moreDuplicates > 0 {
      html += "<p class=\"more\">and \(sheets.moreDuplicates) more groups</p>\n"
    }
    if sheets.copies > 0 {
      html +=
        "<p class=\"more\">\(sheets.copies) files hold the same bytes as another and are not shown.</p>\n"
    }
    section(
      "Duplicates", id: "duplicates", lead: "The same picture more than once; one of each was kept.", html)
  }

  /// What was kept aside.
  mutating func split(_ summary: DatasetSummary, _ sheets: Sheets, _ thumbnails: Thumbnails) {
    var html = ""
    for domain in Domain.allCases {
      guard let sheet = sheets.test[domain], !sheet.shown.isEmpty else { continue }
      html +=
        "<h3>\(domain.rawValue): \(sheet.shown.count + sheet.more) images</h3>\n"
        + Page.grid(sheet, thumbnails)
    }
    section(
      "Kept aside for testing", id: "test",
      lead:
        "Never trained on. Duplicates, faces of one image and frames of one film stay on one side; what was test "
        + "stays test when images are added.", html)
  }

  /// The settings that shaped the dataset.
  mutating func settings(_ summary: DatasetSummary) {
    var rows = summary.settings.keepIf.sorted { $0.key < $1.key }.map { measure, bounds in
      ("keep-if: \(measure)", bounds.map(Rules.text).joined(separator: " to "))
    }
    rows += [
      (
        "duplicates",
        "\(summary.settings.duplicateDistance) of 64 bits, correlation \(Rules.text(summary.settings.duplicateConfirm))"
      ),
      ("test", "\(summary.settings.test) a domain, seed \(summary.settings.seed)"),
      ("images", summary.digests.images), ("settings", summary.digests.settings),
    ]
    let cells = rows.map {
      "<tr><th>\(Page.escaped($0.0))</th><td><code>\(Page.escaped($0.1))</code></td></tr>\n"
    }
    section(
      "Settings", id: "settings",
      "<div class=\"scroll\"><table><tbody>\n\(cells.joined())</tbody></table></div>\n")
  }
}
