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
    top = html + "</div>\n</header>\n"
  }

  /// How far apart faces sat before and after framings were matched.
  mutating func matchedFraming(_ comparison: FramingComparison?) {
    guard let comparison else { return }
    func percent(_ share: Double) -> String { "\(Rules.text((share * 1000).rounded() / 10)) %" }
    let leader: Domain = comparison.moved == .a ? .b : .a
    let rows = [
      (leader.rawValue, comparison.leader), ("\(comparison.moved.rawValue) before", comparison.before),
      ("\(comparison.moved.rawValue) now", comparison.after),
    ].map { name, seat in
      "<tr><th>\(name)</th><td>\(percent(seat.eyeLine))</td><td>\(percent(seat.faceShare))</td>"
        + "<td>\(percent(seat.aside))</td><td>\(Rules.brief(seat.roll, of: "roll"))</td><td>\(seat.faces)</td></tr>\n"
    }
    section(
      "Matched framing", id: "matched",
      lead: "Means of all faces that were cut, without the tenth at either end; the largest difference was "
        + "\(percent(comparison.leader.distance(to: comparison.before))) of the side and is now "
        + "\(percent(comparison.leader.distance(to: comparison.after))).",
      "<div class=\"scroll\"><table><thead><tr><th></th><th>eyes from the top</th><th>brows to chin</th>"
        + "<th>right of the middle</th><th>turned</th><th>faces</th></tr></thead>\n"
        + "<tbody>\(rows.joined())</tbody></table></div>\n")
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

  /// What was kept aside, each picture beside the one of the training images that is most like it.
  mutating func split(_ summary: DatasetSummary, _ sheets: Sheets, _ thumbnails: Thumbnails) {
    var html = ""
    for domain in Domain.allCases {
      guard let sheet = sheets.test[domain], !sheet.shown.isEmpty else { continue }
      html += "<h3>\(domain.rawValue): \(sheet.shown.count + sheet.more) images</h3>\n"
      let pairs = sheets.proof[domain]?.shown ?? []
      guard !pairs.isEmpty else {
        html += Page.grid(sheet, thumbnails)
        continue
      }
      html += "<div class=\"twins\">\n"
      for pair in pairs {
        let likeness = pair.nearest.likeness.map { ", faces alike by \(Rules.text($0))" } ?? ""
        html += "<div class=\"twin\">\n" + Page.figure(pair.test, thumbnails, mark: "test")
        html += Page.figure(
          pair.train, thumbnails,
          caption:
            "correlation \(Rules.text(pair.nearest.correlation)), \(pair.nearest.distance) of 64 bits\(likeness)"
        )
        html += "</div>\n"
      }
      html += "</div>\n"
      if let more = sheets.proof[domain]?.more, more > 0 {
        html += "<p class=\"more\">and \(more) more, all less alike</p>\n"
      }
    }
    section(
      "Kept aside for testing", id: "test",
      lead:
        "Never trained on. Each is shown beside the training image that is most like it, the most alike first: two "
        + "pictures of one moment here would be a leak. Duplicates, faces of one image and scenes of a video stay on one side.",
      html)
  }

  /// What deserves a person's eye: what rules only just kept, and what lies far from the rest.
  mutating func doubtful(_ sheets: Sheets, _ thumbnails: Thumbnails) {
    for (title, id, lead, findings) in [
      (
        "Only just kept", "borderline", "The nearest to a rule's limit: would you have kept them?",
        sheets.borderline
      ),
      ("Unlike the rest", "unusual", "Far from what is usual in their domain.", sheets.unusual),
    ] {
      var html = ""
      for domain in Domain.allCases {
        guard let found = findings[domain], !found.shown.isEmpty else { continue }
        let count = found.shown.count + found.more
        html += "<h3>\(domain.rawValue): \(count)</h3>\n<div class=\"grid told\">\n"
        html += found.shown.map { Page.figure($0.sample, thumbnails, caption: $0.why) }.joined() + "</div>\n"
      }
      section(title, id: id, lead: lead, html)
    }
  }

  /// The settings that shaped the dataset.
  mutating func settings(_ summary: DatasetSummary) {
    func text(_ bounds: [Double]) -> String { bounds.map(Rules.text).joined(separator: " to ") }
    var rows = summary.settings.keepIf.sorted { $0.key < $1.key }.map { ("keep-if: \($0)", text($1)) }
    for (domain, rules) in (summary.settings.domainKeepIf ?? [:]).sorted(by: { $0.key < $1.key }) {
      rows += rules.sorted { $0.key < $1.key }.map { ("\(domain): keep-if: \($0)", text($1)) }
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
