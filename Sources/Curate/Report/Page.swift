import Dataset

/// The report's HTML as it grows, section by section.
struct Page {
  private let title: String
  private var body = ""
  private var links = ""

  init(title: String) { self.title = title }

  /// The whole page.
  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(Self.escaped(title)): dataset report</title>
    <style>
    \(PageStyle.css)
    </style>
    </head>
    <body>
    <main>
    \(top)<nav>\(links)</nav>
    \(body)</main>
    </body>
    </html>

    """
  }

  /// A section with a heading; nothing where `content` is empty.
  mutating func section(_ heading: String, id: String, lead: String? = nil, _ content: String) {
    guard !content.isEmpty else { return }
    links += "<a href=\"#\(id)\">\(Self.escaped(heading))</a> "
    body += "<section id=\"\(id)\">\n<h2>\(Self.escaped(heading))</h2>\n"
    if let lead { body += "<p class=\"lead\">\(Self.escaped(lead))</p>\n" }
    body += content + "</section>\n"
  }

  /// What stands above the links to all sections.
  var top = ""

  /// Text as it may stand between tags and in attributes.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      // Control characters are allowed in file names but not in HTML.
      case let other where other.value < 32 || other.value == 127: escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }

  /// One sample: its picture, or a place for it, over a caption.
  static func figure(
    _ sample: Sample, _ thumbnails: Thumbnails, mark: String? = nil, caption: String? = nil
  ) -> String {
    let time = sample.source.time.map { " at \(Rules.text($0)) s" } ?? ""
    let place = escaped("\(sample.source.path)\(time)")
    let picture =
      thumbnails[sample].map {
        "<img loading=\"lazy\" src=\"\($0)\" width=\"\(Thumbnails.side)\" height=\"\(Thumbnails.side)\" alt=\"\(place)\">"
      } ?? "<div class=\"none\">no picture</div>"
    let badge = mark.map { "<b class=\"mark\">\(escaped($0))</b>" } ?? ""
    let words = caption.map { "<figcaption>\(escaped($0))</figcaption>" } ?? ""
    return "<figure title=\"\(place)\">\(badge)\(picture)\(words)</figure>\n"
  }

  /// A sheet of samples with what is not shown counted.
  static func grid(
    _ sheet: Sheets.Sheet, _ thumbnails: Thumbnails, caption: (Sample) -> String? = { _ in nil }
  ) -> String {
    guard !sheet.shown.isEmpty else { return "" }
    let figures = sheet.shown.map { figure($0, thumbnails, caption: caption($0)) }.joined()
    let more = sheet.more > 0 ? "<p class=\"more\">and \(sheet.more) more</p>\n" : ""
    return "<div class=\"grid\">\n\(figures)</div>\n\(more)"
  }
}
