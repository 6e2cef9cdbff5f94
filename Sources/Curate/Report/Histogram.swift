import Dataset

/// How a measure is spread in both domains, as an inline SVG: two outlines over one scale from 0 to 1.
struct Histogram {
  /// The drawing; nil where no sample has the measure.
  let svg: String?

  init(_ measure: String, of samples: [Sample], domains: [Domain]) {
    let bins = 24
    var shares: [(Domain, [Double])] = []
    for domain in domains {
      let values = samples.filter { $0.domain == domain }.compactMap { $0.quality?[measure] }
      guard !values.isEmpty else { continue }
      var counts = [Double](repeating: 0, count: bins)
      for value in values {
        counts[min(bins - 1, max(0, Int(value * Double(bins))))] += 1 / Double(values.count)
      }
      shares.append((domain, counts))
    }
    guard let top = shares.flatMap(\.1).max(), top > 0 else {
      svg = nil
      return
    }
    let (width, height) = (264.0, 72.0)
    let shapes = shares.map { domain, counts in
      var path = "M0 \(Int(height))"
      for (bin, share) in counts.enumerated() {
        let y = Self.number(height - share / top * (height - 4))
        path +=
          "L\(Self.number(Double(bin) * width / Double(bins))) \(y)L\(Self.number(Double(bin + 1) * width / Double(bins))) \(y)"
      }
      return
        "<path class=\"area \(domain.rawValue.lowercased())\" d=\"\(path)L\(Int(width)) \(Int(height))Z\"/>"
    }
    svg =
      "<svg viewBox=\"0 0 \(Int(width)) \(Int(height) + 14)\" role=\"img\" aria-label=\"\(measure) of A and B\">"
      + shapes.joined()
      + "<path class=\"axis\" d=\"M0 \(Int(height))H\(Int(width))\"/>"
      + "<text x=\"0\" y=\"\(Int(height) + 12)\">0</text>"
      + "<text x=\"\(Int(width))\" y=\"\(Int(height) + 12)\" text-anchor=\"end\">1</text></svg>"
  }

  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
  }
}
