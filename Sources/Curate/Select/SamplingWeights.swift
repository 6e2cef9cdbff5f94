import Dataset

/// Sampling weights with which both domains are drawn with more similar distributions.
///
/// The samples of each domain are counted in bins of brightness and of yaw. Samples of a bin that is rarer than in the other
/// domain get a higher weight, others a lower one: by the square root of the ratio, so that both domains meet midway, limited
/// to 0.25...4 before the weights are scaled to a mean of 1 in each domain. The weight of a sample of a large group (one scene,
/// person or character) is divided by the square root of the group's size.
struct SamplingWeights {
  /// The weights of training samples by ID.
  private(set) var weights: [String: Double] = [:]

  private static let range = 0.25...4.0
  /// The bounds of the bins of each balanced measure.
  private static let bins: [(measure: MeasureName, bounds: [Double])] = [
    (.brightness, [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]), (.yaw, [-25, -10, 10, 25]),
  ]

  /// What is known about a training sample.
  struct Item: Sendable {
    let id: String
    let domain: Domain
    /// Its group, or itself.
    let group: String
    /// The values of `measures`.
    let values: [Double?]
    /// The person or character that it shows; nil if unknown.
    var character: String?
  }

  /// The balanced measures.
  static let measures = bins.map(\.measure)

  init(_ train: [Item]) {
    for domain in Domain.allCases {
      let own = train.filter { $0.domain == domain }
      let other = train.filter { $0.domain != domain }
      guard !own.isEmpty else { continue }
      let sizes = Dictionary(own.map { ($0.group, 1) }, uniquingKeysWith: +)
      let characters = Dictionary(own.compactMap(\.character).map { ($0, 1) }, uniquingKeysWith: +)
      var raw = own.map { sample in
        let others = sample.character.flatMap { characters[$0] } ?? 1
        return 1 / Double(max(sizes[sample.group] ?? 1, others)).squareRoot()
      }
      for (number, (_, bounds)) in Self.bins.enumerated() {
        let (mine, theirs) = (Self.shares(own, number, bounds), Self.shares(other, number, bounds))
        guard let mine, let theirs else { continue }
        for (index, sample) in own.enumerated() {
          guard let value = sample.values[number] else { continue }
          let bin = bounds.count { $0 <= value }
          raw[index] *= (theirs[bin] / mine[bin]).squareRoot()
        }
      }
      let mean = raw.reduce(0, +) / Double(raw.count)
      let clamped = raw.map { min(Self.range.upperBound, max(Self.range.lowerBound, $0 / mean)) }
      let after = clamped.reduce(0, +) / Double(clamped.count)
      for (sample, weight) in zip(own, clamped) {
        weights[sample.id] = (weight / after * 1000).rounded() / 1000
      }
    }
  }

  /// The fraction of each bin, with one added to each count so that none is 0; nil if most samples lack the measure.
  private static func shares(_ samples: [Item], _ number: Int, _ bounds: [Double]) -> [Double]? {
    let values = samples.compactMap { $0.values[number] }
    guard !values.isEmpty, 2 * values.count >= samples.count else { return nil }
    var counts = [Double](repeating: 1, count: bounds.count + 1)
    for value in values { counts[bounds.count { $0 <= value }] += 1 }
    let all = counts.reduce(0, +)
    return counts.map { $0 / all }
  }
}
