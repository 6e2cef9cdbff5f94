import Dataset
import PublishedDataset

extension Page {
  /// The kept training images of one domain.
  mutating func sheet(of domain: Domain, _ sheets: Sheets, _ thumbnails: Thumbnails) {
    guard let sheet = sheets.train[domain] else { return }
    section(
      "Kept in \(domain.rawValue)", id: "kept-\(domain.rawValue)", Page.grid(sheet, thumbnails, open: 24))
  }

  /// The rejected samples by reason, without duplicates.
  mutating func leftOut(_ sheets: Sheets, _ thumbnails: Thumbnails) {
    var html = ""
    for (domain, reason, count, sheet) in sheets.leftOut {
      html += "<h3>\(domain.rawValue): \(count) as <code>\(Page.escaped(reason.rawValue))</code></h3>\n"
      html += Page.grid(sheet, thumbnails, open: 4) { sample in
        sample.decision.detail.map { "\(sample.shortName): \($0)" } ?? sample.shortName
      }
    }
    section(
      "Rejected", id: "left-out",
      lead:
        "No source file was deleted. Each rejected image has a line in rejected.jsonl, and your decisions override the rules.",
      html)
  }

  /// The persons and characters with the most samples.
  mutating func characters(_ sheets: Sheets, _ thumbnails: Thumbnails) {
    var html = ""
    for domain in Domain.allCases {
      let own = sheets.characters.filter { $0.domain == domain }
      guard !own.isEmpty else { continue }
      html += "<h3>\(domain.rawValue)</h3>\n<div class=\"twins\">\n"
      for character in own {
        html += "<div class=\"twin\">\n"
        for (index, sample) in character.sheet.shown.enumerated() {
          let words = "\(character.name): \(character.count) \(character.count == 1 ? "sample" : "samples")"
          html += Page.figure(
            sample, thumbnails, mark: index == 0 && character.isRejected ? "rejected" : nil,
            caption: index == 0 ? words : nil)
        }
        html += "</div>\n"
      }
      html += "</div>\n"
    }
    if sheets.moreCharacters > 0 {
      html += "<p class=\"more\">\(sheets.moreCharacters) more are not shown.</p>\n"
    }
    folded(
      "Persons and characters", id: "characters",
      count: Self.groups(sheets.characters.count + sheets.moreCharacters),
      lead:
        "Groups of similar faces. One character may be in several groups. Name a group on the review page (easel review), "
        + "or in the settings: curate: characters: { names: { \(sheets.characters.first?.name ?? "c3f2ac0d"): Rei }, reject: [Rei] }.",
      html)
  }

  private static func groups(_ count: Int) -> String { "\(count) \(count == 1 ? "group" : "groups")" }

  /// Groups of duplicates, each with the kept sample first.
  mutating func duplicates(_ sheets: Sheets, _ thumbnails: Thumbnails) {
    var html = ""
    for group in sheets.duplicates {
      html += "<div class=\"twin\">\n" + Page.figure(group.best, thumbnails, mark: "kept")
      for sample in group.others.shown {
        html += Page.figure(sample, thumbnails, caption: sample.decision.detail)
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
      "Duplicates", id: "duplicates", count: Self.groups(sheets.duplicates.count + sheets.moreDuplicates),
      lead: "Copies of the same image; the best of each group was kept.", html)
  }

  /// The test images, each beside the most similar training image.
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
        let faces = pair.nearest.likeness.map { ", face similarity \(NumberText.plain($0))" } ?? ""
        html += "<div class=\"twin\">\n" + Page.figure(pair.test, thumbnails, mark: "test")
        html +=
          Page.figure(
            pair.train, thumbnails,
            caption: "correlation \(NumberText.plain(pair.nearest.correlation)), "
              + "\(pair.nearest.distance) of 64 bits\(faces)") + "</div>\n"
      }
      html += "</div>\n"
      if let more = sheets.leakage[domain]?.more, more > 0 {
        html += "<p class=\"more\">\(more) less similar pairs are not shown.</p>\n"
      }
    }
    folded(
      "Test images", id: "test", count: "\(count) images",
      lead:
        "These images are not used for training. Each is shown beside the most similar training image, the most similar "
        + "pairs first, so that you can check for leaks. The correlation compares the inner faces after alignment: 1 for equal pictures, and usually below 0.8 for different ones. The bits "
        + "are how many of 64 bits of the pictures' hashes differ. The face similarity compares persons: 1 for the same photo, "
        + "about 0 for two persons. "
        + "Copies, near copies, faces of one image, of similar images or of one person, and video scenes are always in the same split.",
      html)
  }

  /// Samples that a user should check.
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

  /// The number of samples that other limits would reject.
  mutating func otherLimits(_ rows: [LimitTrial]) {
    let lines = rows.map { row in
      [
        "\(row.domain.rawValue): \(row.rule.measure.rawValue)", Self.escaped(row.rule.limits),
        row.origins.joined(separator: ", "),
        "\(row.rejected) of \(row.count)",
      ]
    }
    folded(
      "Effects of other limits", id: "limits", count: "for keep-if",
      lead:
        "Each rule is applied alone to all samples that have the measure, including duplicates and rejected samples.",
      Self.table(head: ["", "kept", "preset", "would reject"], lines))
  }
}
