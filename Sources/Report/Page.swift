import Dataset
import Foundation
import PublishedDataset

/// The report's HTML, built section by section.
struct Page {
  private let title: String
  private var body = ""
  private var links = ""
  /// The HTML above the links to the sections.
  var top = ""

  init(title: String) { self.title = title }

  /// The whole page.
  var html: String {
    // All placeholders are replaced in one pass, so that braces in a title are not replaced.
    var html = ""
    let template = Self.text(PackageResources.report_html)
    for (index, part) in template.components(separatedBy: "{{").enumerated() {
      guard index > 0, let end = part.range(of: "}}") else {
        html += part
        continue
      }
      switch part[..<end.lowerBound] {
      case "title": html += Self.escaped(title)
      case "style": html += Self.text(PackageResources.report_css)
      default: html += "\(top)<nav>\(links)</nav>\n\(body)"
      }
      html += part[end.upperBound...]
    }
    return html
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// A section with a heading; nothing if `content` is empty.
  mutating func section(_ heading: String, id: String, lead: String? = nil, _ content: String) {
    guard !content.isEmpty else { return }
    links += "<a href=\"#\(id)\">\(Self.escaped(heading))</a> "
    body += "<section id=\"\(id)\">\n<h2>\(Self.escaped(heading))</h2>\n"
    if let lead { body += "<p class=\"lead\">\(Self.escaped(lead))</p>\n" }
    body += content + "</section>\n"
  }

  /// A section that is folded at first; nothing if `content` is empty.
  mutating func folded(_ heading: String, id: String, count: String, lead: String? = nil, _ content: String) {
    guard !content.isEmpty else { return }
    body += "<details class=\"section\" id=\"\(id)\"><summary>\(Self.escaped(heading)) "
    body += "<small>\(Self.escaped(count))</small></summary>\n"
    if let lead { body += "<p class=\"lead\">\(Self.escaped(lead))</p>\n" }
    body += content + "</details>\n"
  }

  /// Text for use between tags and in attributes.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      // Control characters are allowed in file names but not in HTML.
      case let other where other.value < 32 || (127...159).contains(other.value): escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }

  /// One sample: its image, linked to the source file, above a caption.
  static func figure(
    _ sample: Sample, _ thumbnails: Thumbnails, mark: String? = nil, caption: String? = nil
  ) -> String {
    let name = escaped(sample.name)
    let side = Thumbnails.side
    var picture =
      thumbnails[sample].map {
        "<img loading=\"lazy\" src=\"\($0)\" width=\"\(side)\" height=\"\(side)\" alt=\"\(name)\">"
      } ?? "<div class=\"none\">no image</div>"
    if let link = thumbnails.link(to: sample) { picture = "<a href=\"\(escaped(link))\">\(picture)</a>" }
    let badge = mark.map { "<b class=\"mark\">\(escaped($0))</b>" } ?? ""
    let words = caption.map { "<figcaption>\(escaped($0))</figcaption>" } ?? ""
    return "<figure title=\"\(name)\">\(badge)\(picture)\(words)</figure>\n"
  }

  /// A sheet of samples: the first `open` ones visible, the others folded, and the number of samples that are not shown.
  static func grid(
    _ sheet: Sheets.Sheet, _ thumbnails: Thumbnails, open: Int, caption: ((Sample) -> String?)? = nil
  ) -> String {
    guard !sheet.shown.isEmpty else { return "" }
    func tiles(_ samples: ArraySlice<Sample>) -> String {
      "<div class=\"grid\(caption == nil ? "" : " captioned")\">\n"
        + samples.map { figure($0, thumbnails, caption: caption?($0)) }.joined() + "</div>\n"
    }
    let rest = sheet.shown.dropFirst(open)
    var html = tiles(sheet.shown.prefix(open))
    if !rest.isEmpty { html += "<details><summary>\(rest.count) more</summary>\n\(tiles(rest))</details>\n" }
    if sheet.more > 0 {
      html += "<p class=\"more\">\(sheet.more) more \(sheet.more == 1 ? "is" : "are") not shown.</p>\n"
    }
    return html
  }

  /// A table in a box that scrolls sideways; `head` may be empty.
  static func table(head: [String] = [], _ rows: [[String]]) -> String {
    guard !rows.isEmpty else { return "" }
    let top =
      head.isEmpty ? "" : "<thead><tr>" + head.map { "<th>\($0)</th>" }.joined() + "</tr></thead>\n"
    let lines = rows.map { row in
      "<tr><th>\(row.first ?? "")</th>" + row.dropFirst().map { "<td>\($0)</td>" }.joined() + "</tr>\n"
    }
    return "<div class=\"scroll\"><table>\(top)<tbody>\(lines.joined())</tbody></table></div>\n"
  }

  /// A bar for a fraction, followed by words.
  static func meter(_ share: Double, _ words: String) -> String {
    let width = NumberText.plain((min(1, max(0, share)) * 100).rounded())
    return "<span class=\"meter\"><i style=\"width:\(width)%\"></i></span>\(words)"
  }
}
