package import Dataset

/// The differences between the two domains in each measure; a model learns to change whatever differs between them.
public struct DomainBalance: Sendable, Hashable, Codable {
  /// One measure in both domains.
  public struct Entry: Sendable, Hashable, Codable {
    /// The mean over A's training samples.
    public var a: Double
    /// The mean over B's training samples.
    public var b: Double
    /// The earth mover's distance (first Wasserstein distance) between both distributions, in the measure's unit.
    public var distance: Double
    /// The distance divided by the standard deviation of both domains together, or by the smallest noticeable difference if
    /// that is larger; 0 is equal, above 0.5 is clearly different.
    public var shift: Double
  }

  /// The variety of the training samples of one domain.
  public struct Scenes: Sendable, Hashable, Codable {
    /// The number of groups, which are scenes, persons, and sets of copies.
    public var groups: Int
    /// The fraction of the samples in the largest group, 0...1.
    public var largest: Double
    /// The effective number of groups (the inverse Simpson index).
    public var effective: Double
  }

  /// The measures that are compared, by name.
  public var measures: [String: Entry] = [:]
  /// The variety of each domain, by name.
  public var scenes: [String: Scenes] = [:]

  /// The compared measures, with the smallest difference that a person notices.
  static let compared: [(name: MeasureName, noticeable: Double)] = [
    (.brightness, 0.1), (.colorfulness, 0.1), (.contrast, 0.1), (.eyeLine, 0.04), (.faceShare, 0.1),
    (.noise, 2), (.occlusion, 0.2), (.outside, 0.1), (.roll, 8), (.saturation, 0.1), (.sharpness, 0.2),
    (.yaw, 10),
  ]

  /// Compares the training samples among `kept`.
  package init(_ kept: [Sample]) {
    let train = kept.filter { $0.split == .train }
    let sides = Domain.allCases.map { domain in train.filter { $0.domain == domain } }
    for (domain, samples) in zip(Domain.allCases, sides) where !samples.isEmpty {
      scenes[domain.rawValue] = Self.scenes(of: samples)
    }
    for (measure, noticeable) in Self.compared {
      let (a, b) = (
        sides[0].compactMap { $0.value(of: measure) }, sides[1].compactMap { $0.value(of: measure) }
      )
      // A measure must be known for at least half of the samples.
      guard 2 * a.count >= sides[0].count, 2 * b.count >= sides[1].count, a.count > 1, b.count > 1 else {
        continue
      }
      measures[measure.rawValue] = Self.entry(a, b, noticeable: noticeable)
    }
  }

  private static func entry(_ a: [Double], _ b: [Double], noticeable: Double) -> Entry {
    func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
    let (meanA, meanB) = (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count))
    // Both domains have the same weight, independent of their numbers of samples.
    let mean = (meanA + meanB) / 2
    func variance(_ values: [Double]) -> Double {
      values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    }
    let spread = max(noticeable, ((variance(a) + variance(b)) / 2).squareRoot())
    let distance = earthMover(a, b)
    return Entry(
      a: rounded(meanA), b: rounded(meanB), distance: rounded(distance),
      shift: rounded(distance / spread))
  }

  /// The earth mover's distance: the area between both cumulative distributions.
  package static func earthMover(_ a: [Double], _ b: [Double]) -> Double {
    let (a, b) = (a.sorted(), b.sorted())
    let points = (a + b).sorted()
    var (i, j, area) = (0, 0, 0.0)
    for (point, next) in zip(points, points.dropFirst()) {
      while i < a.count, a[i] <= point { i += 1 }
      while j < b.count, b[j] <= point { j += 1 }
      area += abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)) * (next - point)
    }
    return area
  }

  private static func scenes(of samples: [Sample]) -> Scenes {
    let sizes = Dictionary(samples.map { ($0.group ?? $0.id, 1) }, uniquingKeysWith: +).values
    let shares = sizes.map { Double($0) / Double(samples.count) }.sorted()
    let effective = 1 / shares.reduce(0) { $0 + $1 * $1 }
    return Scenes(
      groups: sizes.count, largest: ((shares.last ?? 0) * 1000).rounded() / 1000,
      effective: (effective * 10).rounded() / 10)
  }
}
