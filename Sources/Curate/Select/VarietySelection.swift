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
  ///   - required: Positions that are always chosen, because a user accepted them or they are test samples.
  ///   - samples: The samples.
  ///   - embeddings: The embeddings; nil for a sample without one.
  ///   - groups: A number for each sample's scene or person.
  init(
    _ count: Int, required: [Int], of samples: [CurationInput.Candidate], embeddings: [[Float]?],
    groups: [Int]
  ) {
    let known = embeddings.count { $0 != nil }
    let points: [[Float]]
    if known * 10 >= samples.count * 9, let length = embeddings.lazy.compactMap({ $0?.count }).first {
      features = "face embeddings"
      points = embeddings.map { $0 ?? [Float](repeating: 0, count: length) }
    } else {
      features = "light, color, pose, size and sharpness"
      points = Self.points(of: samples)
    }
    var distances = [Float](repeating: .infinity, count: samples.count)
    var owners = [Int](repeating: -1, count: samples.count)
    var inGroup: [Int: Int] = [:]
    var chosen: Set<Int> = []
    func take(_ index: Int, _ distances: inout [Float], _ owners: inout [Int]) {
      let point = points[index]
      for other in points.indices {
        let distance = Self.distance(points[other], point)
        if distance < distances[other] { (distances[other], owners[other]) = (distance, index) }
      }
    }
    for index in required where chosen.count < count {
      guard chosen.insert(index).inserted else { continue }
      take(index, &distances, &owners)
      inGroup[groups[index], default: 0] += 1
    }
    while chosen.count < min(count, samples.count) {
      var (best, farthest) = (-1, -Float.infinity)
      for index in samples.indices where !chosen.contains(index) {
        // The first sample is the one nearest to the mean; then the distance decides, divided by the samples of the group.
        let value =
          chosen.isEmpty
          ? -Self.norm(points[index]) : distances[index] / Float(1 + (inGroup[groups[index]] ?? 0))
        if value > farthest || (value == farthest && samples[index].id < samples[max(best, 0)].id) {
          (best, farthest) = (index, value)
        }
      }
      guard best >= 0 else { break }
      chosen.insert(best)
      inGroup[groups[best], default: 0] += 1
      take(best, &distances, &owners)
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

  private static func distance(_ a: [Float], _ b: [Float]) -> Float {
    var sum: Float = 0
    for index in 0..<min(a.count, b.count) { sum += (a[index] - b[index]) * (a[index] - b[index]) }
    return sum
  }

  private static func norm(_ point: [Float]) -> Float { point.reduce(0) { $0 + $1 * $1 } }
}
