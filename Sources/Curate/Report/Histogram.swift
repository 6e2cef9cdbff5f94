import Dataset

/// How a measure is spread in both domains, as an inline SVG: two outlines over one scale.
struct Histogram {
  /// The drawing; nil where no sample has the measure.
  let svg: String?

  private static let (width, height) = (264.0, 72.0)

  /// - Parameters:
  ///   - measure: Its name.
  ///   - samples: The samples of all domains.
  ///   - domains: Those to draw.
  ///   - range: What the scale spans; values beyond count at its ends.
  init(_ measure: String, of samples: [Sample], domains: [Domain], range: ClosedRange<Double> = 0...1) {
    let bins = 24
    let span = range.upperBound - range.lowerBound
    let shares = domains.compactMap { domain -> (Domain, [Double])? in
      let values = samples.filter { $0.domain == domain }.compactMap { Balance.value(measure, $0) }
      guard !values.isEmpty else { return nil }
      var counts = [Double](repeating: 0, count: bins)
      for value in values {
        let place = (value - range.lowerBound) / span * Double(bins)
        counts[Int(min(Double(bins - 1), max(0, place)))] += 1 / Double(values.count)
      }
      return (domain, counts)
    }
    svg = Self.drawing(
      shares, label: "\(measure) of A and B",
      ends: (Rules.text(range.lowerBound), Rules.text(range.upperBound))
    )
  }

  /// How colours are spread, over a strip of the hues.
  init(hues means: [Domain: MeanFace], domains: [Domain]) {
    let shares = domains.compactMap { domain in means[domain].map { (domain, $0.hues) } }
    let step = Self.width / Double(MeanFace.hueCount)
    let strip = (0..<MeanFace.hueCount).map { bin in
      "<rect x=\"\(Self.number(Double(bin) * step))\" y=\"74\" width=\"\(Self.number(step + 0.5))\" height=\"8\" "
        + "fill=\"hsl(\(bin * 360 / MeanFace.hueCount + 8) 70% 55%)\"/>"
    }.joined()
    svg = Self.drawing(shares, label: "hues of A and B", ends: ("", ""), below: strip)
  }

  private static func drawing(
    _ shares: [(Domain, [Double])], label: String, ends: (String, String), below: String = ""
  ) -> String? {
    guard let top = shares.flatMap(\.1).max(), top > 0 else { return nil }
    let shapes = shares.map { domain, counts in
      var path = "M0 \(Int(height))"
      let step = width / Double(counts.count)
      for (bin, share) in counts.enumerated() {
        let y = number(height - share / top * (height - 4))
        path += "L\(number(Double(bin) * step)) \(y)L\(number(Double(bin + 1) * step)) \(y)"
      }
      return
        "<path class=\"area \(domain.rawValue.lowercased())\" d=\"\(path)L\(Int(width)) \(Int(height))Z\"/>"
    }
    return "<svg viewBox=\"0 0 \(Int(width)) \(Int(height) + 14)\" role=\"img\" aria-label=\"\(label)\">"
      + shapes.joined() + "<path class=\"axis\" d=\"M0 \(Int(height))H\(Int(width))\"/>" + below
      + "<text x=\"0\" y=\"\(Int(height) + 12)\">\(ends.0)</text>"
      + "<text x=\"\(Int(width))\" y=\"\(Int(height) + 12)\" text-anchor=\"end\">\(ends.1)</text></svg>"
  }

  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
  }
}
