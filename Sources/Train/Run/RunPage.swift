import Dataset
import Foundation
import Imaging

/// The page of a run, `index.html` in its folder: the losses, the distances, the newest sample sheet and translated test images.
///
/// It is one file without scripts that requests nothing, so it can be copied and sent.
struct RunPage {
  /// The facts about the run that do not change.
  struct Facts {
    /// The architecture of the networks.
    var architecture: Architecture
    /// The number of steps of the run.
    var steps: Int
    /// The numbers of training images.
    var images: [Domain: Int]
    /// The device.
    var device: String
  }

  /// One real image and its translation.
  struct Pair {
    var real: ImageBuffer
    var translated: ImageBuffer
  }

  private let facts: Facts
  private var entries: [LogEntry] = []

  /// A page with the entries of the log at `log`.
  init(_ facts: Facts, log: URL) {
    self.facts = facts
    let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    let decoder = JSONDecoder()
    entries = text.split(separator: "\n").compactMap {
      try? decoder.decode(LogEntry.self, from: Data($0.utf8))
    }
  }

  /// Adds an entry, which is newer than all others.
  mutating func add(_ entry: LogEntry) { entries.append(entry) }

  /// Writes the page.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - step: The current step.
  ///   - sheet: The newest sample sheet; nil if there is none.
  ///   - pairs: Test images with their translations, by direction.
  /// - Throws: `WriteError`, `ImagingError`.
  func write(to url: URL, step: Int, sheet: ImageBuffer?, pairs: [(title: String, pairs: [Pair])]) throws {
    var body = """
      <header><h1>Training run</h1>
      <p class=soft>\(facts.architecture.text), \(facts.images[.a] ?? 0) images of A, \(facts.images[.b] ?? 0) of B, on \
      \(facts.device)</p>
      <p><b>Step \(step) of \(facts.steps)</b></p></header>

      """
    let warnings = entries.flatMap { $0.notes ?? [] }.suffix(20)
    if !warnings.isEmpty {
      body += "<section><h2>Warnings</h2><ul>"
      body += warnings.map { "<li>\($0.escaped)</li>" }.joined() + "</ul></section>\n"
    }
    for (title, pairs) in pairs where !pairs.isEmpty {
      body += "<section><h2>\(title.escaped)</h2><div class=pairs>"
      for pair in pairs {
        body += "<div>\(try image(pair.real, "image"))\(try image(pair.translated, "translation"))</div>"
      }
      body += "</div></section>\n"
    }
    let charts = self.charts
    if !charts.isEmpty {
      body +=
        "<section><h2>Distances and losses</h2><p class=soft>Distances compare translated test images with real ones of the "
      body +=
        "other domain; smaller is better. The losses of GANs say little about the result: look at the images.</p>"
      body += "<div class=charts>\(charts.joined())</div></section>\n"
    }
    if let sheet {
      body +=
        "<section><h2>Newest sample sheet</h2><p class=soft>Each column is one image, first of A, then of B. From top to bottom: "
      body += "the image; attention and output of identity; of the translation; of the translation back.</p>"
      body += try image(sheet, "sample sheet of step \(step)", class: "sheet") + "</section>\n"
    }
    try AtomicFile.write(Array((Self.head + body + "</main>\n</html>\n").utf8), to: url)
  }

  private func image(_ image: ImageBuffer, _ name: String, class style: String = "") throws -> String {
    let data = Data(try image.jpeg(quality: 88)).base64EncodedString()
    return
      "<img class=\"\(style)\" alt=\"\(name)\" width=\(image.width) height=\(image.height) src=\"data:image/jpeg;base64,\(data)\">"
  }

  /// The charts of the terms that the log has.
  private var charts: [String] {
    func series(_ name: String, _ value: (LogEntry) -> Double?) -> LineChart.Series? {
      let points = entries.compactMap { entry in value(entry).map { (Double(entry.step), $0) } }
        .filter { $0.1.isFinite }
      return points.count > 1 ? LineChart.Series(name: name, points: points) : nil
    }
    func losses(_ title: String, _ names: [String]) -> LineChart {
      LineChart(title: title, series: names.compactMap { name in series(name) { $0.losses[name] } })
    }
    let directions = Set(entries.flatMap { ($0.distance ?? [:]).keys }).sorted()
    let distance = LineChart(
      title: "Distance of test images",
      series: directions.compactMap { name in series(name) { $0.distance?[name]?.value } }, isSmoothed: false)
    let all = [
      distance, losses("Generators, total", ["G_total"]), losses("Discriminators, total", ["D_total"]),
      losses("Cycle", ["rec_A", "rec_B"]), losses("Identity", ["idt_A", "idt_B"]),
      losses("Class activation (CAM)", ["cam_A", "cam_B"]), losses("Face identity", ["id_A", "id_B"]),
      losses("Augmentation strength", ["augment_A", "augment_B"]),
    ]
    return all.filter { !$0.series.isEmpty }.map(\.svg)
  }

  private static let head = """
    <!DOCTYPE html>
    <html lang=en>
    <meta charset=utf-8>
    <meta http-equiv=Content-Security-Policy content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
    <meta name=viewport content="width=device-width, initial-scale=1">
    <title>Training run</title>
    <style>
    :root { color-scheme: light dark; --ground: #fbfbf9; --panel: #fff; --ink: #1d1f21; --soft: #63676b; --line: #dfdfda;
      --a: #2f6fb3; --b: #c2571a; }
    @media (prefers-color-scheme: dark) { :root { --ground: #16181a; --panel: #1f2225; --ink: #e9e8e4; --soft: #a2a6aa;
      --line: #34383c; --a: #6aa7e6; --b: #ec8f55; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, "Noto Sans", sans-serif; }
    main { max-width: 1120px; margin: 0 auto; padding: 24px 20px 64px; }
    h1 { font-size: 1.7rem; margin: 0; } h2 { font-size: 1.2rem; margin: 0 0 8px; } p { margin: 0 0 8px; max-width: 46rem; }
    .soft, figcaption { color: var(--soft); } figcaption { font-size: .85rem; }
    section { margin-top: 32px; padding-top: 16px; border-top: 1px solid var(--line); }
    img { max-width: 100%; height: auto; } .sheet { width: 100%; }
    .pairs { display: flex; flex-wrap: wrap; gap: 12px; } .pairs div { display: flex; gap: 2px; }
    .pairs img { width: 128px; border-radius: 4px; }
    .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 16px; }
    figure { margin: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 10px; }
    svg { width: 100%; height: auto; display: block; } svg text { font-size: 11px; fill: var(--soft); }
    .axis { stroke: var(--line); } .l0, .l1 { fill: none; stroke: var(--a); stroke-width: 1.5; } .l1 { stroke: var(--b); }
    .n0 { color: var(--a); } .n1 { color: var(--b); }
    </style>
    <main>

    """
}

/// A line chart as SVG.
private struct LineChart {
  /// One line.
  struct Series {
    var name: String
    var points: [(x: Double, y: Double)]
  }

  var title: String
  /// At most two series.
  var series: [Series]
  /// Whether points are replaced by the means of 200 intervals, because losses of single steps are noisy.
  var isSmoothed = true

  /// The figure.
  var svg: String {
    let lines = series.map { isSmoothed ? Self.means($0.points) : $0.points }
    let all = lines.joined()
    let (low, high) = (all.map(\.y).min() ?? 0, all.map(\.y).max() ?? 1)
    let (first, last) = (all.map(\.x).min() ?? 0, all.map(\.x).max() ?? 1)
    let (width, height, left, top, bottom) = (320.0, 160.0, 44.0, 8.0, 20.0)
    func place(_ point: (x: Double, y: Double)) -> String {
      let x = left + (point.x - first) / max(1e-9, last - first) * (width - left - 8)
      let y = top + (high - point.y) / max(1e-9, high - low) * (height - top - bottom)
      return String(format: "%.1f,%.1f", x, y)
    }
    var text = "<figure><figcaption><b>\(title.escaped)</b>"
    for (index, one) in series.enumerated() {
      text += " <span class=n\(index % 2)>\(one.name.escaped)</span>"
    }
    text +=
      "</figcaption><svg viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=img aria-label=\"\(title.escaped)\">"
    for y in [top, height - bottom] {
      text += "<line class=axis x1=\(left) x2=\(width - 8) y1=\(y) y2=\(y) />"
    }
    for (index, line) in lines.enumerated() {
      text += "<polyline class=l\(index % 2) points=\"\(line.map(place).joined(separator: " "))\"/>"
    }
    text += "<text x=\(left - 4) y=\(top + 8) text-anchor=end>\(NumberText.brief(high))</text>"
    text += "<text x=\(left - 4) y=\(height - bottom) text-anchor=end>\(NumberText.brief(low))</text>"
    text += "<text x=\(left) y=\(height - 5)>step \(Int(first))</text>"
    return text + "<text x=\(width - 8) y=\(height - 5) text-anchor=end>\(Int(last))</text></svg></figure>"
  }

  /// The means of 200 equal groups of points; the points themselves if there are fewer.
  private static func means(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    let group = (points.count + 199) / 200
    guard group > 1 else { return points }
    return stride(from: 0, to: points.count, by: group).map { start in
      let part = points[start..<min(start + group, points.count)]
      let count = Double(part.count)
      return (part.reduce(0) { $0 + $1.x } / count, part.reduce(0) { $0 + $1.y } / count)
    }
  }
}

extension String {
  /// The text for HTML.
  fileprivate var escaped: String {
    replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}

extension SampleSheet {
  /// The images of a sheet with their translations.
  ///
  /// - Parameters:
  ///   - sheet: A sheet of this layout.
  ///   - side: The side of its cells.
  ///   - columns: The wanted columns, counted over both directions.
  ///   - gaps: The number of gaps to the left of the columns: 0 for the first direction, 1 for the second.
  /// - Returns: Rows 1 and 5 of each column.
  func pairs(_ sheet: ImageBuffer, side: Int, columns: Range<Int>, gaps: Int) -> [RunPage.Pair] {
    columns.compactMap { column in
      let x = column * side + gaps * gap
      guard x + side <= sheet.width, 5 * side <= sheet.height else { return nil }
      func cell(_ row: Int) -> ImageBuffer { sheet.cropped(x: x, y: row * side, width: side, height: side) }
      return RunPage.Pair(real: cell(0), translated: cell(4))
    }
  }
}
