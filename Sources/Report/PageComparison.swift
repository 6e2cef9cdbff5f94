import Dataset
import Imaging
import PublishedDataset

extension Page {
  /// The comparison of A and B: positions of faces, histograms of light, color and pose, and their differences.
  mutating func comparison(
    domains: [Domain], kept: [Sample], averages: [Domain: AverageFace], balance: DomainBalance?
  ) {
    var html = "<div class=\"pair\">\n<div>\n<h3>Average image</h3>\n<div class=\"mean\">\n"
    let overlay = Self.overlay(domains, kept)
    for domain in domains {
      guard let average = averages[domain] else { continue }
      html += "<figure><img src=\"\(average.address)\" width=\"160\" height=\"160\" "
      html += "alt=\"average image of \(domain.rawValue)\">"
      html += "\(overlay)<figcaption>\(domain.rawValue)</figcaption></figure>\n"
    }
    html += "</div>\n"
    if !overlay.isEmpty {
      html +=
        "<p class=\"more\">The boxes and lines show the mean face box and eye line of each domain.</p>\n"
    }
    html += "</div>\n"
    var histograms: [(String, Histogram)] = [
      ("Hue, share of the color", Histogram(hues: averages, domains: domains))
    ]
    for (measure, range) in [
      (.brightness, 0...1), (.colorfulness, 0...1), (.sharpness, 0...1), (.outside, 0...1), (.roll, -45...45),
      (.yaw, -60...60),
    ] as [(MeasureName, ClosedRange<Double>)] {
      let unit = measure.unit == .degrees ? "degrees" : "0 to 1"
      histograms.append(
        ("\(Self.title(measure)), \(unit)", Histogram(measure, of: kept, domains: domains, range: range)))
    }
    for (title, histogram) in histograms {
      guard let svg = histogram.svg else { continue }
      html += "<div>\n<h3>\(title)</h3>\n\(svg)\n</div>\n"
    }
    html += "</div>\n" + Self.table(of: balance) + domains.map { Self.attributes(of: $0, kept) }.joined()
    let key = domains.map { "<span><i class=\"\($0.rawValue.lowercased())\"></i>\($0.rawValue)</span>" }
      .joined()
    section(
      domains.count == 2 ? "Comparison of A and B" : "The images in numbers", id: "compare",
      lead: "A model learns every difference between the domains. The plots show the fraction of the images.",
      "<p class=\"key\">\(key)</p>\n" + html)
  }

  private static func title(_ measure: MeasureName) -> String {
    switch measure {
    case .outside: "Outside the image"
    case .roll: "Tilt (roll)"
    case .yaw: "Turn (yaw)"
    default: measure.rawValue.prefix(1).uppercased() + measure.rawValue.dropFirst()
    }
  }

  /// The mean face boxes and eye lines of all domains, as an SVG over an average image.
  private static func overlay(_ domains: [Domain], _ kept: [Sample]) -> String {
    func percent(_ value: Double) -> String { NumberText.plain((value * 1000).rounded() / 10) }
    let shapes = domains.compactMap { domain -> String? in
      let placement = FacePlacement(kept.filter { $0.domain == domain })
      guard let box = placement.box else { return nil }
      var shape =
        "<rect x=\"\(percent(box.x))\" y=\"\(percent(box.y))\" width=\"\(percent(box.width))\" "
        + "height=\"\(percent(box.height))\"/>"
      if let eyes = placement.eyeLine {
        shape += "<path d=\"M\(percent(box.x)) \(percent(eyes))h\(percent(box.width))\"/>"
      }
      return "<g class=\"\(domain.rawValue.lowercased())\">\(shape)</g>"
    }
    return shapes.isEmpty
      ? "" : "<svg class=\"over\" viewBox=\"0 0 100 100\" aria-hidden=\"true\">\(shapes.joined())</svg>"
  }

  /// Titles of measures whose names are too short.
  private static let titles: [MeasureName: String] = [
    .eyeLine: "eyes from the top", .faceShare: "face box of the height", .outside: "outside the image",
  ]

  /// The distances between both domains, the largest first.
  private static func table(of balance: DomainBalance?) -> String {
    guard let balance, !balance.measures.isEmpty else { return "" }
    let entries = balance.measures.compactMap { name, entry in
      MeasureName(rawValue: name).map { (measure: $0, entry: entry) }
    }.sorted { ($1.entry.shift, $0.measure) < ($0.entry.shift, $1.measure) }
    let rows = entries.map { measure, entry -> [String] in
      let word =
        entry.shift > 0.5 ? "clearly different" : entry.shift > 0.25 ? "somewhat different" : "similar"
      return [titles[measure] ?? measure.rawValue]
        + [entry.a, entry.b, entry.distance].map { measure.brief($0) } + [meter(entry.shift / 2, word)]
    }
    let scenes = balance.scenes.sorted { $0.key < $1.key }.map { domain, scenes in
      "<p class=\"more\">\(domain): \(scenes.groups) groups (scenes, persons or single images), as varied as "
        + "\(NumberText.plain(scenes.effective)) groups of equal size; the largest contains "
        + "\(NumberText.percent(scenes.largest)) of the images.</p>\n"
    }
    return "<h3>Differences</h3>\n" + table(head: ["", "A", "B", "distance", ""], rows)
      + "<p class=\"more\">Means, and the earth mover's distance: the average change of an image that would make A and B "
      + "equal.</p>\n" + scenes.joined()
  }

  /// The fraction of a domain's samples with each attribute, from annotation lists beside the sources.
  private static func attributes(of domain: Domain, _ kept: [Sample]) -> String {
    let lists = kept.filter { $0.domain == domain }.compactMap { $0.annotations?.attributes }
    guard !lists.isEmpty else { return "" }
    let counts = Dictionary(lists.joined().map { ($0, 1) }, uniquingKeysWith: +)
    let rows = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { name, count in
      let share = Double(count) / Double(lists.count)
      return [escaped(String(name.map { $0 == "_" ? " " : $0 })), meter(share, NumberText.percent(share))]
    }
    return "<details><summary>Attributes of \(domain.rawValue), known for \(lists.count) samples</summary>\n"
      + "\(table(rows))</details>\n"
  }
}
