import Dataset
import Imaging
import PublishedDataset

/// Finds the most similar training sample of each test sample, so that users can check the split for leaks.
struct LeakageCheck {
  /// The positions of the test samples.
  let test: [Int]
  /// The positions of the training samples.
  let train: [Int]

  /// The number of training samples with the nearest hashes, in any orientation, whose pixels are compared.
  static let candidates = 4
  /// The number of training samples that are compared in all views.
  static let searched = 2000

  /// The nearest training sample of each test sample.
  ///
  /// - Parameters:
  ///   - comparisons: Compares the samples.
  ///   - faces: The face embeddings; nil for a sample without one.
  ///   - hash: A sample's perceptual hash.
  ///   - id: A sample's ID.
  /// - Returns: The training sample with the highest correlation of the inner face, by the test sample's ID.
  /// - Throws: The errors of the comparisons.
  func nearest(
    _ comparisons: inout ComparisonCache, _ faces: [[Float]?], hash: (Int) -> PerceptualHash?,
    id: (Int) -> String
  ) async throws -> [String: Sample.Nearest] {
    guard !train.isEmpty else { return [:] }
    let pictures = comparisons.pictures
    let hashes = train.map { pictures[$0].face.own }
    var pairs: [ComparisonCache.Pair] = []
    try await orderedMap(test, jobs: comparisons.jobs, makeWorker: {}) { one, _ in
      try Task.checkCancellation()
      return near(one, pictures, hashes, faces)
    } deliver: { one, found in
      pairs += found.map { other, placement in
        ComparisonCache.Pair(
          first: min(one, other), second: max(one, other), turn: .quarters(placement.turn),
          placement: placement)
      }
    }
    let similarities = try await comparisons.similarities(of: pairs)
    let isTest = Set(test)
    var nearest: [String: Sample.Nearest] = [:]
    for (pair, similarity) in zip(pairs, similarities) {
      let (one, other) = isTest.contains(pair.first) ? (pair.first, pair.second) : (pair.second, pair.first)
      let correlation = (similarity.whole * 10_000).rounded() / 10_000
      if let known = nearest[id(one)], known.correlation >= correlation { continue }
      let distance = hash(one).flatMap { left in hash(other).map { left.distance(to: $0) } }
      nearest[id(one)] = Sample.Nearest(
        id: id(other), distance: distance ?? 64, correlation: correlation,
        likeness: faces[one].flatMap { face in
          faces[other].map { (Double(IdentityClusters.cosine(face, $0)) * 10_000).rounded() / 10_000 }
        })
    }
    return nearest
  }

  /// The training samples whose hashes are compared in all views: all of them, or those with the nearest usual view.
  ///
  /// - Parameters:
  ///   - own: The usual hash of a test sample.
  ///   - hashes: Those of the training samples.
  /// - Returns: The positions of the training samples.
  private func likely(_ own: LumaHash, _ hashes: [LumaHash]) -> [Int] {
    guard train.count > Self.searched else { return train }
    let turned = own.turned(.leftTop)
    // Counting by distance finds the nearest without sorting all.
    var distances = [UInt8](repeating: 0, count: train.count)
    var counts = [Int](repeating: 0, count: LumaHash.count + 1)
    for (place, other) in hashes.enumerated() {
      let distance = min(own.distanceMirrored(other).distance, turned.distanceMirrored(other).distance)
      distances[place] = UInt8(distance)
      counts[distance] += 1
    }
    var (limit, total) = (0, counts[0])
    while total < Self.searched {
      limit += 1
      total += counts[limit]
    }
    let near = train.indices.filter { distances[$0] < limit }
    let last = train.indices.lazy.filter { distances[$0] == limit }.prefix(2 * Self.searched - near.count)
    return (near + last).sorted().map { train[$0] }
  }

  /// The training samples with the nearest hashes (the earlier ones of equal distance), and the one with the most similar
  /// embedding.
  private func near(
    _ one: Int, _ pictures: [ImageFingerprint], _ hashes: [LumaHash], _ faces: [[Float]?]
  ) -> [(index: Int, placement: Placement)] {
    var best: [(distance: Int, index: Int, placement: Placement)] = []
    for other in likely(pictures[one].face.own, hashes) {
      // The earlier sample of a pair is the first.
      let (distance, placement) = pictures[min(one, other)].face.nearest(to: pictures[max(one, other)].face)
      if best.count == Self.candidates, distance >= best[best.count - 1].distance { continue }
      best.insert((distance, other, placement), at: best.firstIndex { $0.distance > distance } ?? best.count)
      if best.count > Self.candidates { best.removeLast() }
    }
    var chosen = best.map { (index: $0.index, placement: $0.placement) }
    if let face = faces[one] {
      var (mostSimilar, cosine) = (-1, -Float.infinity)
      for other in train {
        guard let value = faces[other].map({ IdentityClusters.cosine(face, $0) }), value > cosine else {
          continue
        }
        (mostSimilar, cosine) = (other, value)
      }
      if mostSimilar >= 0, !chosen.contains(where: { $0.index == mostSimilar }) {
        chosen.append((mostSimilar, .upright))
      }
    }
    return chosen
  }
}
