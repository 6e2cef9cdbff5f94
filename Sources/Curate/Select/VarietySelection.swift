import Dataset
import Foundation
import Ledger
import PublishedDataset

/// Chooses the most varied samples of a domain: the setting `curate: choose`.
///
/// Samples are points in a feature space: the face embeddings if nearly all samples have one, else light, color, pose, size
/// and sharpness. Each next sample is the one farthest from all chosen ones (farthest-first traversal; Gonzalez, 1985).
/// Samples of a scene or person that was already chosen count as nearer. Extreme values are clipped, so that outliers are not
/// preferred.
struct VarietySelection {
  /// The positions of the chosen samples.
  let chosen: Set<Int>
  /// The nearest chosen sample of each other sample, by position.
  let nearest: [Int: Int]
  /// The kind of features, in words.
  let features: String

  /// The measures that are used without embeddings.
  private static let measures: [MeasureName] = [
    .brightness, .colorfulness, .contrast, .saturation, .yaw, .roll, .sharpness, .faceShare, .eyeLine,
    .occlusion,
    .coverage, .blackPoint,
  ]

  /// Chooses `count` of the samples.
  ///
  /// - Parameters:
  ///   - count: The number of samples to choose.
  ///   - accepted: Positions that are always chosen, because a user accepted them; they may be more than `count`.
  ///   - tested: The positions of earlier test samples, and how many of them to choose: more would be too many for the smaller
  ///     dataset, and a test sample never becomes a training sample.
  ///   - samples: The samples.
  ///   - embeddings: The embeddings; nil for a sample without one.
  ///   - groups: A number for each sample's scene or person.
  init(
    _ count: Int, accepted: [Int] = [], tested: (positions: [Int], limit: Int) = ([], 0),
    of samples: [CurationInput.Candidate], embeddings: [[Float]?],
    groups: [Int]
  ) {
    let known = embeddings.count { $0 != nil }
    let points: [[Float]]
    // A sample without an embedding has no place among the others.
    var isKnown = [Bool](repeating: true, count: samples.count)
    if known * 10 >= samples.count * 9, let length = embeddings.lazy.compactMap({ $0?.count }).first {
      features = "face embeddings"
      points = embeddings.map { $0 ?? [Float](repeating: 0, count: length) }
      isKnown = embeddings.map { $0 != nil }
    } else {
      features = "light, color, pose, size and sharpness"
      points = Self.points(of: samples)
    }
    var distances = [Float](repeating: .infinity, count: samples.count)
    var owners = [Int](repeating: -1, count: samples.count)
    var inGroup: [Int: Int] = [:]
    var chosen: Set<Int> = []
    let center = Self.mean(points.indices.filter { isKnown[$0] }.map { points[$0] })
    func take(_ index: Int) {
      guard chosen.insert(index).inserted else { return }
      inGroup[groups[index], default: 0] += 1
      Self.note(index, of: points, &distances, &owners)
    }
    /// The sample of `pool` that is farthest from all chosen ones; at first, the one nearest to the mean.
    func farthest(in pool: [Int]) -> Int? {
      let (distances, inGroup) = (distances, inGroup)
      var (best, value): (Int?, Float) = (nil, -.infinity)
      for index in pool where !chosen.contains(index) {
        // The distance is divided by the number of chosen samples of the group.
        let own =
          chosen.isEmpty
          ? isKnown[index] ? -Self.distance(points[index], center) : -.greatestFiniteMagnitude
          : distances[index] / Float(1 + (inGroup[groups[index]] ?? 0))
        if own > value || (own == value && best.map { samples[index].id < samples[$0].id } != false) {
          (best, value) = (index, own)
        }
      }
      return best
    }
    for index in accepted { take(index) }
    let isTested = Set(tested.positions)
    let places = tested.limit - chosen.count { isTested.contains($0) }
    let others = samples.indices.filter { !isTested.contains($0) }
    // More test samples than `limit` only if there are too few others.
    for (pool, most) in [(tested.positions, places), (others, count), (tested.positions, count)] {
      for _ in 0..<max(0, min(most, count - chosen.count)) {
        guard let next = farthest(in: pool) else { break }
        take(next)
      }
    }
    self.chosen = chosen
    nearest = Dictionary(
      uniqueKeysWithValues: samples.indices.filter { !chosen.contains($0) && owners[$0] >= 0 }.map {
        ($0, owners[$0])
      })
  }

  /// Standard scores of the measures, clipped to -2.5...2.5; 0 for a missing measure.
  private static func points(of samples: [CurationInput.Candidate]) -> [[Float]] {
    var points = [[Float]](repeating: [], count: samples.count)
    for measure in measures {
      let values = samples.map { $0.value(of: measure) }
      let present = values.compactMap { $0 }.filter(\.isFinite)
      guard present.count * 2 >= samples.count, present.count > 1 else { continue }
      let mean = present.reduce(0, +) / Double(present.count)
      let deviation = (present.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(present.count))
        .squareRoot()
      guard deviation > 1e-6 else { continue }
      for index in points.indices {
        let score = values[index].map { ($0 - mean) / deviation } ?? 0
        points[index].append(Float(min(2.5, max(-2.5, score))))
      }
    }
    return points
  }

  /// Updates the distance of each point to the nearest chosen one, and that one, for a new chosen one.
  private static func note(
    _ index: Int, of points: [[Float]], _ distances: inout [Float], _ owners: inout [Int]
  ) {
    for other in points.indices {
      let distance = distance(points[other], points[index])
      if distance < distances[other] { (distances[other], owners[other]) = (distance, index) }
    }
  }

  private static func distance(_ a: [Float], _ b: [Float]) -> Float {
    var sum: Float = 0
    for index in 0..<min(a.count, b.count) { sum += (a[index] - b[index]) * (a[index] - b[index]) }
    return sum
  }

  /// The mean of points of one length; empty if there are none.
  private static func mean(_ points: [[Float]]) -> [Float] {
    var sum = points.first ?? []
    for point in points.dropFirst() { for index in sum.indices { sum[index] += point[index] } }
    return sum.map { $0 / Float(points.count) }
  }
}
