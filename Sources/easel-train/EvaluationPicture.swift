import Dataset
import Foundation
import Imaging
import Train
import Translate

/// The picture of an evaluation as an SVG file: a chart of the distances, and a row of translations for each checkpoint.
///
/// It contains everything it shows, so it can be opened in a browser and sent to somebody.
struct EvaluationPicture {
  /// One measured checkpoint.
  struct Row {
    /// The run's name.
    var run: String
    /// The measurements.
    var result: Evaluation
    /// The images that are shown, by domain.
    var shown: [Domain: [Evaluation.Shown]]
  }

  private let rows: [Row]
  private let cell = 64
  private let left = 150
  private let chartHeight = 260

  /// A picture of `rows`, in this order.
  init(_ rows: [Row]) { self.rows = rows }

  /// Writes the picture, which replaces an existing file only when it is complete.
  ///
  /// - Throws: `WriteError`, `ImagingError`.
  func write(to url: URL) throws { try AtomicFile.write(Array(text().utf8), to: url) }

  /// The SVG document.
  func text() throws -> String {
    let counts = Domain.allCases.map { domain in rows.map { $0.shown[domain]?.count ?? 0 }.max() ?? 0 }
    let width = max(900, left + (counts[0] + counts[1]) * cell + 40)
    let top = chartHeight + 60
    let height = top + (rows.count + 1) * cell + 20
    var parts = [
      "<svg xmlns='http://www.w3.org/2000/svg' width='\(width)' height='\(height)' font-family='sans-serif' font-size='12'>",
      "<rect width='100%' height='100%' fill='white'/>", chart(width: width),
    ]
    for (place, domain) in Domain.allCases.enumerated() {
      let x = left + (place == 0 ? 0 : counts[0] * cell + 20)
      let direction = domain == .a ? "A to B" : "B to A"
      parts.append("<text x='\(x)' y='\(top - 8)'>\(direction): the inputs, then the translations</text>")
      for (index, shown) in (rows.first?.shown[domain] ?? []).enumerated() {
        parts.append(try image(shown.input, x: x + index * cell, y: top))
      }
      for (row, entry) in rows.enumerated() {
        for (index, shown) in (entry.shown[domain] ?? []).enumerated() {
          parts.append(try image(shown.translation, x: x + index * cell, y: top + (row + 1) * cell))
        }
      }
    }
    for (row, entry) in rows.enumerated() {
      let y = top + (row + 1) * cell + cell / 2 + 4
      parts.append("<text x='8' y='\(y)'>\(name(entry))</text>")
    }
    return (parts + ["</svg>", ""]).joined(separator: "\n")
  }

  private func name(_ row: Row) -> String {
    let hasSeveralRuns = Set(rows.map(\.run)).count > 1
    return "step \(row.result.step)" + (hasSeveralRuns ? ", " + Self.escaped(row.run) : "")
  }

  private func image(_ image: ImageBuffer, x: Int, y: Int) throws -> String {
    let png = Data(try image.composited(on: [255, 255, 255]).png()).base64EncodedString()
    return "<image x='\(x)' y='\(y)' width='\(cell)' height='\(cell)' href='data:image/png;base64,\(png)'/>"
  }

  /// The distances by step with their standard errors; the untranslated images and the noise floor as dashed lines.
  private func chart(width: Int) -> String {
    let (bottom, right) = (Double(chartHeight), Double(width - 170))
    let estimates = rows.flatMap { $0.result.distance.values } + rows.compactMap(\.result.untranslated)
    let highest = max(estimates.map { $0.value + ($0.spread ?? 0) }.max() ?? 1, 1e-9)
    let lowest = min(estimates.map { $0.value - ($0.spread ?? 0) }.min() ?? 0, 0)
    let last = Double(max(1, rows.map(\.result.step).max() ?? 1))
    func x(_ step: Int) -> Double { Double(left) + (right - Double(left)) * Double(step) / last }
    func y(_ value: Double) -> Double {
      bottom - (bottom - 30) * (value - lowest) / (highest - lowest)
    }
    func number(_ value: Double) -> String { String(format: "%.1f", value) }
    var parts = ["<text x='8' y='20'>\(rows.first?.result.measure ?? "distance"), smaller is better</text>"]
    for part in 0...4 {
      let value = lowest + (highest - lowest) * Double(part) / 4
      parts.append(
        "<path d='M\(left) \(number(y(value)))H\(number(right))' stroke='#ddd'/>"
          + "<text x='\(left - 8)' y='\(number(y(value) + 4))' text-anchor='end'>\(String(format: "%.3f", value))</text>"
      )
    }
    for step in Set(rows.map(\.result.step)) {
      parts.append(
        "<text x='\(number(x(step)))' y='\(number(bottom + 16))' text-anchor='middle'>\(step)</text>")
    }
    let palette = ["#1f5fbf", "#b4540a", "#1b7f4d", "#9c3587"]
    let runs = rows.map(\.run).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    var labels: [(text: String, color: String)] = []
    for (index, run) in runs.enumerated() {
      for (offset, direction) in ["AtoB", "BtoA"].enumerated() {
        let color = palette[(index * 2 + offset) % palette.count]
        let points = rows.filter { $0.run == run }.compactMap { row in
          row.result.distance[direction].map { (step: row.result.step, estimate: $0) }
        }.sorted { $0.step < $1.step }
        let line = points.map { "\(number(x($0.step))),\(number(y($0.estimate.value)))" }
        parts.append(
          "<polyline points='\(line.joined(separator: " "))' fill='none' stroke='\(color)' stroke-width='2'/>"
        )
        for point in points {
          let spread = point.estimate.spread ?? 0
          let (from, to) = (y(point.estimate.value - spread), y(point.estimate.value + spread))
          parts.append(
            "<path d='M\(number(x(point.step))) \(number(from))V\(number(to))' stroke='\(color)'/>"
              + "<circle cx='\(number(x(point.step)))' cy='\(number(y(point.estimate.value)))' r='3' fill='\(color)'/>"
          )
        }
        labels.append((direction + (runs.count > 1 ? " of \(Self.escaped(run))" : ""), color))
      }
    }
    let first = rows.first?.result
    for (text, value) in [
      ("untranslated", first?.untranslated?.value), ("noise floor of B", first?.noiseFloor["B"]?.value),
    ] {
      guard let value else { continue }
      parts.append(
        "<path d='M\(left) \(number(y(value)))H\(number(right))' stroke='#666' stroke-dasharray='5 4'/>"
          + "<text x='\(number(right + 6))' y='\(number(y(value) + 4))' fill='#444'>\(text)</text>")
    }
    for (index, label) in labels.enumerated() {
      parts.append(
        "<text x='\(left + 100 + index * 170)' y='20' fill='\(label.color)'>\(label.text)</text>")
    }
    return parts.joined(separator: "\n")
  }

  private static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: "'", with: "&#39;")
  }
}
