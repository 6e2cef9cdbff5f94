import Dataset
import PublishedDataset

/// The histogram of a measure in both domains, as an inline SVG with one outline for each domain.
struct Histogram {
  /// The drawing; nil if no sample has the measure.
  let svg: String?

  private static let (left, width, height) = (38.0, 260.0, 72.0)

  /// - Parameters:
  ///   - measure: The measure.
  ///   - samples: The samples of all domains.
  ///   - domains: The domains to draw.
  ///   - range: The range of the scale; values outside are counted in the first or last bin.
  init(_ measure: MeasureName, of samples: [Sample], domains: [Domain], range: ClosedRange<Double> = 0...1) {
    let bins = 24
    let span = range.upperBound - range.lowerBound
    let shares = domains.compactMap { domain -> (Domain, [Double])? in
      let values = samples.filter { $0.domain == domain }.compactMap { $0.value(of: measure) }
      guard !values.isEmpty else { return nil }
      var counts = [Double](repeating: 0, count: bins)
      for value in values {
        let place = (value - range.lowerBound) / span * Double(bins)
        counts[Int(min(Double(bins - 1), max(0, place)))] += 1 / Double(values.count)
      }
      return (domain, counts)
    }
    let ticks = (0...4).map { measure.brief(range.lowerBound + span * Double($0) / 4) }
    svg = Self.drawing(shares, label: "\(measure.rawValue) of A and B", ticks: ticks)
  }

  /// The histogram of hues, above a strip of their colors.
  init(hues averages: [Domain: AverageFace], domains: [Domain]) {
    let shares = domains.compactMap { domain in averages[domain].map { (domain, $0.hues) } }
    let step = Self.width / Double(AverageFace.hueCount)
    let strip = (0..<AverageFace.hueCount).map { bin in
      let x = Self.number(Self.left + Double(bin) * step)
      let hue = bin * 360 / AverageFace.hueCount + 8
      return
        "<rect x=\"\(x)\" y=\"74\" width=\"\(Self.number(step + 0.5))\" height=\"8\" fill=\"hsl(\(hue) 70% 55%)\"/>"
    }.joined()
    svg = Self.drawing(shares, label: "hues of A and B", ticks: [], below: strip)
  }

  private static func drawing(
    _ shares: [(Domain, [Double])], label: String, ticks: [String], below: String = ""
  ) -> String? {
    guard let top = shares.flatMap(\.1).max(), top > 0 else { return nil }
    let (base, right) = (Int(height), Int(left + width))
    let shapes = shares.map { domain, counts in
      var path = "M\(Int(left)) \(base)"
      let step = width / Double(counts.count)
      for (bin, share) in counts.enumerated() {
        let y = number(height - share / top * (height - 6))
        path += "L\(number(left + Double(bin) * step)) \(y)L\(number(left + Double(bin + 1) * step)) \(y)"
      }
      return "<path class=\"area \(domain.rawValue.lowercased())\" d=\"\(path)L\(right) \(base)Z\"/>"
    }
    let marks = ticks.enumerated().map { index, text in
      let x = number(left + width * Double(index) / Double(max(1, ticks.count - 1)))
      let anchor = index == 0 ? "start" : index == ticks.count - 1 ? "end" : "middle"
      return "<text x=\"\(x)\" y=\"\(base + 12)\" text-anchor=\"\(anchor)\">\(text)</text>"
    }
    return "<svg viewBox=\"0 0 \(right) \(base + 14)\" role=\"img\" aria-label=\"\(label)\">"
      + shapes.joined() + "<path class=\"axis\" d=\"M\(Int(left)) 6V\(base)H\(right)\"/>" + below
      + "<text x=\"\(Int(left) - 4)\" y=\"12\" text-anchor=\"end\">\(NumberText.percent(top))</text>"
      + "<text x=\"\(Int(left) - 4)\" y=\"\(base)\" text-anchor=\"end\">0 %</text>" + marks.joined()
      + "</svg>"
  }

  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
  }
}
