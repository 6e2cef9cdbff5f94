import Dataset

/// Finds the training sample that is most like each test sample: the proof that the split leaks nothing.
struct LeakageCheck {
  /// The test samples by their positions.
  let test: [Int]
  /// The training samples by their positions.
  let train: [Int]

  /// Of the training samples so many with the nearest hashes are compared pixel by pixel.
  static let candidates = 4

  /// Looks at the training samples whose hashes are nearest and at the face that is most alike.
  ///
  /// - Parameters:
  ///   - comparisons: Compares the samples.
  ///   - faces: The faces' embeddings, nil where there is none.
  ///   - id: A sample's identity.
  /// - Returns: By test sample's identity, the one of them whose pixels correlate most.
  /// - Throws: What comparing throws.
  func nearest(
    _ comparisons: inout ComparisonCache, _ faces: [[Float]?], id: (Int) -> String
  ) async throws -> [String: Sample.Nearest] {
    guard !train.isEmpty else { return [:] }
    let hashes = comparisons.pictures.map(\.hash)
    let pairs = test.flatMap { one in
      near(one, hashes, faces).map { ComparisonCache.Pair(first: min(one, $0), second: max(one, $0)) }
    }
    let similarities = try await comparisons.similarities(of: pairs)
    let isTest = Set(test)
    var nearest: [String: Sample.Nearest] = [:]
    for (pair, similarity) in zip(pairs, similarities) {
      let (one, other) = isTest.contains(pair.first) ? (pair.first, pair.second) : (pair.second, pair.first)
      let correlation = (similarity.whole * 10_000).rounded() / 10_000
      if let known = nearest[id(one)], known.correlation >= correlation { continue }
      nearest[id(one)] = Sample.Nearest(
        id: id(other), distance: hashes[one].distance(to: hashes[other]), correlation: correlation,
        likeness: faces[one].flatMap { face in
          faces[other].map { (Double(IdentityClusters.cosine(face, $0)) * 10_000).rounded() / 10_000 }
        })
    }
    return nearest
  }

  /// The training samples with the nearest hashes, the earliest of equals, and the one with the most alike face.
  private func near(_ one: Int, _ hashes: [PerceptualHash], _ faces: [[Float]?]) -> [Int] {
    var best: [(distance: Int, index: Int)] = []
    for other in train {
      let distance = hashes[one].distance(to: hashes[other])
      if best.count == Self.candidates, distance >= best[best.count - 1].distance { continue }
      best.insert((distance, other), at: best.firstIndex { $0.distance > distance } ?? best.count)
      if best.count > Self.candidates { best.removeLast() }
    }
    var chosen = best.map(\.index)
    if let face = faces[one] {
      var (likest, cosine) = (-1, -Float.infinity)
      for other in train {
        guard let value = faces[other].map({ IdentityClusters.cosine(face, $0) }), value > cosine else {
          continue
        }
        (likest, cosine) = (other, value)
      }
      if likest >= 0, !chosen.contains(likest) { chosen.append(likest) }
    }
    return chosen
  }
}
