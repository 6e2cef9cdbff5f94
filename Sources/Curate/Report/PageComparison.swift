import Dataset
import Imaging

extension Page {
  /// A beside B: where faces sit, how light, colour and pose are spread, and how far apart the two are.
  mutating func comparison(
    domains: [Domain], kept: [Sample], means: [Domain: MeanFace], balance: Balance?
  ) {
    var html = "<div class=\"pair\">\n<div>\n<h3>Mean image</h3>\n<div class=\"mean\">\n"
    let overlay = Self.overlay(domains, kept)
    for domain in domains {
      guard let mean = means[domain] else { continue }
      html +=
        "<figure><img src=\"\(mean.address)\" width=\"160\" height=\"160\" alt=\"mean of \(domain.rawValue)\">"
      html += "\(overlay)<figcaption>\(domain.rawValue)</figcaption></figure>\n"
    }
    html += "</div>\n"
    if !overlay.isEmpty {
      html +=
        "<p class=\"more\">Boxes and lines: the mean face and eye line of each domain, drawn over both.</p>\n"
    }
    html += "\(framing(domains, kept))</div>\n"
    let drawings: [(String, Histogram)] =
      [("Hue", Histogram(hues: means, domains: domains))]
      + ["brightness", "colorfulness", "sharpness"].map {
        ($0.prefix(1).uppercased() + $0.dropFirst(), Histogram($0, of: kept, domains: domains))
      } + [
        ("Roll, degrees", Histogram("roll", of: kept, domains: domains, range: -45...45)),
        ("Yaw, degrees", Histogram("yaw", of: kept, domains: domains, range: -60...60)),
      ]
    for (title, histogram) in drawings {
      guard let svg = histogram.svg else { continue }
      html += "<div>\n<h3>\(title)</h3>\n\(svg)\n</div>\n"
    }
    html += "</div>\n" + Self.table(of: balance) + domains.map { Self.attributes(of: $0, kept) }.joined()
    let key = domains.map { "<span><i class=\"\($0.rawValue.lowercased())\"></i>\($0.rawValue)</span>" }
      .joined()
    section(
      domains.count == 2 ? "A beside B" : "The images in numbers", id: "compare",
      lead:
        "Where the two differ, the model learns the difference. A mean that is smeared says that faces sit in different places.",
      "<p class=\"key\">\(key)</p>\n" + html)
  }

  /// The mean face boxes and eye lines of all domains, as a drawing to lie over a mean image.
  private static func overlay(_ domains: [Domain], _ kept: [Sample]) -> String {
    func percent(_ value: Double) -> String { Rules.text((value * 1000).rounded() / 10) }
    let shapes = domains.compactMap { domain -> String? in
      let framing = Framing(kept.filter { $0.domain == domain })
      guard let box = framing.box else { return nil }
      var shape =
        "<rect x=\"\(percent(box.x))\" y=\"\(percent(box.y))\" width=\"\(percent(box.width))\" "
        + "height=\"\(percent(box.height))\"/>"
      if let eyes = framing.eyeLine {
        shape += "<path d=\"M\(percent(box.x)) \(percent(eyes))h\(percent(box.width))\"/>"
      }
      return "<g class=\"\(domain.rawValue.lowercased())\">\(shape)</g>"
    }
    return shapes.isEmpty
      ? "" : "<svg class=\"over\" viewBox=\"0 0 100 100\" aria-hidden=\"true\">\(shapes.joined())</svg>"
  }

  /// What measures are called whose names say too little.
  private static let titles = ["eye-line": "eyes from the top", "face-share": "face box of the height"]

  /// The distances between both domains, the greatest first.
  private static func table(of balance: Balance?) -> String {
    guard let balance, !balance.measures.isEmpty else { return "" }
    let rows = balance.measures.sorted { ($1.value.shift, $0.key) < ($0.value.shift, $1.key) }.map {
      measure, entry in
      let word = entry.shift > 0.5 ? "plainly different" : entry.shift > 0.25 ? "somewhat different" : "alike"
      let width = Rules.brief(min(100, entry.shift * 50))
      let cells = [entry.a, entry.b, entry.distance].map { "<td>\(Rules.brief($0, of: measure))</td>" }
      return "<tr><th>\(Self.titles[measure] ?? measure)</th>\(cells.joined())"
        + "<td><span class=\"meter\"><i style=\"width:\(width)%\"></i></span>\(word)</td></tr>\n"
    }
    let scenes = balance.scenes.sorted { $0.key < $1.key }.map { domain, scenes in
      "<p class=\"more\">\(domain): \(scenes.groups) scenes, persons or single pictures; as varied as "
        + "\(Rules.text(scenes.effective)) equal ones, the largest is \(Int((scenes.largest * 100).rounded())) %.</p>\n"
    }
    return "<h3>How far apart</h3>\n<div class=\"scroll\"><table><thead><tr><th></th><th>A</th><th>B</th>"
      + "<th>distance</th><th></th></tr></thead>\n<tbody>\(rows.joined())</tbody></table></div>\n"
      + "<p class=\"more\">Means, and the earth mover's distance between both: how far a picture would have to move on "
      + "average for A and B to be alike.</p>\n" + scenes.joined()
  }

  /// How many of a domain's samples have each attribute, as far as lists beside the sources tell.
  private static func attributes(of domain: Domain, _ kept: [Sample]) -> String {
    let lists = kept.filter { $0.domain == domain }.compactMap { $0.annotations?.attributes }
    guard !lists.isEmpty else { return "" }
    let counts = Dictionary(lists.joined().map { ($0, 1) }, uniquingKeysWith: +)
    let items = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { name, count in
      let share = Int((100 * Double(count) / Double(lists.count)).rounded())
      return "<tr><th>\(escaped(String(name.map { $0 == "_" ? " " : $0 })))</th>"
        + "<td><span class=\"meter\"><i style=\"width:\(share)%\"></i></span>\(share) %</td></tr>\n"
    }
    return "<details><summary>Attributes of \(domain.rawValue), told of \(lists.count) samples</summary>\n"
      + "<div class=\"scroll\"><table><tbody>\(items.joined())</tbody></table></div></details>\n"
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
      "<div class=\"scroll\"><table><thead><tr><th></th><th>eyes from the top</th><th>face box of the height</th></tr></thead>\n"
      + "<tbody>\(rows.joined())</tbody></table></div>\n"
      + "<p class=\"more\">The box is the detector's, and each detector draws its own. Matched framing goes by brows and chin "
      + "instead.</p>\n"
  }
}
