import Dataset
import PublishedDataset

extension Page {
  /// What was kept of one domain.
  mutating func sheet(of domain: Domain, _ sheets: Sheets, _ thumbnails: Thumbnails) {
    guard let sheet = sheets.train[domain] else { return }
    section(
      "Kept in \(domain.rawValue)", id: "kept-\(domain.rawValue)", Page.grid(sheet, thumbnails, open: 24))
  }

  /// What was left out, by reason, without duplicates.
  mutating func leftOut(_ sheets: Sheets, _ thumbnails: Thumbnails) {
    var html = ""
    for (domain, reason, count, sheet) in sheets.leftOut {
      html += "<h3>\(domain.rawValue): \(count) as <code>\(Page.escaped(reason.rawValue))</code></h3>\n"
      html += Page.grid(sheet, thumbnails, open: 4) { sample in
        sample.decision.detail.map { "\(sample.shortName): \($0)" } ?? sample.shortName
      }
    }
    section(
      "Left out", id: "left-out",
      lead:
        "Nothing was deleted: each image has a line in rejected.jsonl, and your decisions override the rules.",
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
      if group.others.more > 0 { html += "<p class=\"more\">and \(group.others.more) more</p>\n" }
      html += "</div>\n"
    }
    if !html.isEmpty { html = "<div class=\"twins\">\n\(html)</div>\n" }
    if sheets.moreDuplicates > 0 {
      html += "<p class=\"more\">\(sheets.moreDuplicates) more groups are not shown.</p>\n"
    }
    if sheets.copies > 0 {
      html +=
        "<p class=\"more\">\(sheets.copies) files have the same bytes as another and are not shown.</p>\n"
    }
    folded(
      "Duplicates", id: "duplicates", count: "\(sheets.duplicates.count + sheets.moreDuplicates) groups",
      lead: "The same picture more than once; the best of each group was kept.", html)
  }

  /// The test images, each beside the training image that is most like it.
  mutating func split(_ sheets: Sheets, _ thumbnails: Thumbnails) {
    var (html, count) = ("", 0)
    for domain in Domain.allCases {
      guard let sheet = sheets.test[domain], !sheet.shown.isEmpty else { continue }
      count += sheet.shown.count + sheet.more
      html += "<h3>\(domain.rawValue): \(sheet.shown.count + sheet.more) images</h3>\n"
      let pairs = sheets.leakage[domain]?.shown ?? []
      guard !pairs.isEmpty else {
        html += Page.grid(sheet, thumbnails, open: 12)
        continue
      }
      html += "<div class=\"twins\">\n"
      for pair in pairs {
        let faces = pair.nearest.likeness.map { ", faces \(NumberText.plain($0)) alike" } ?? ""
        html += "<div class=\"twin\">\n" + Page.figure(pair.test, thumbnails, mark: "test")
        html +=
          Page.figure(
            pair.train, thumbnails,
            caption: "correlation \(NumberText.plain(pair.nearest.correlation)), "
              + "\(pair.nearest.distance) of 64 bits\(faces)") + "</div>\n"
      }
      html += "</div>\n"
      if let more = sheets.leakage[domain]?.more, more > 0 {
        html += "<p class=\"more\">\(more) more, all less alike, are not shown.</p>\n"
      }
    }
    folded(
      "Test images", id: "test", count: "\(count) images",
      lead:
        "Never trained on. Each is shown beside the training image that is most like it, the most alike first, so "
        + "that you can check for leaks: both are compared by the correlation of the inner faces after alignment. Copies, "
        + "look-alikes, faces of one image or person and video scenes are always on one side.", html)
  }

  /// Samples that a person should look at.
  mutating func findings(
    _ title: String, id: String, lead: String, _ findings: [Domain: Sheets.First<Outliers.Finding>],
    _ thumbnails: Thumbnails
  ) {
    var (html, total) = ("", 0)
    for domain in Domain.allCases {
      guard let found = findings[domain], !found.shown.isEmpty else { continue }
      let count = found.shown.count + found.more
      total += count
      html += "<h3>\(domain.rawValue): \(count)</h3>\n<div class=\"grid captioned\">\n"
      html += found.shown.map { Page.figure($0.sample, thumbnails, caption: $0.why) }.joined() + "</div>\n"
    }
    folded(title, id: id, count: "\(total)", lead: lead, html)
  }

  /// What other limits would reject.
  mutating func otherLimits(_ rows: [LimitTrial]) {
    let lines = rows.map { row in
      [
        "\(row.domain.rawValue): \(row.rule.measure.rawValue)", Self.escaped(row.rule.limits), row.preset,
        "\(row.rejected) of \(row.count)",
      ]
    }
    folded(
      "What other limits would reject", id: "limits", count: "for keep-if",
      lead:
        "Each rule alone, applied to all samples that have the measure; copies and other rejections count too.",
      Self.table(head: ["", "kept", "preset", "would reject"], lines))
  }
}
