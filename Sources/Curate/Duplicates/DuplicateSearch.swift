import Dataset
import Imaging

/// Two samples that show the same picture.
struct DuplicatePair: Sendable, Hashable {
  /// The sample that comes first in the list that was searched.
  let first: Int
  /// The other one.
  let second: Int
  /// How many bits of their hashes differ.
  let distance: Int
  /// The correlation of their pixels; nil where the pixels are equal.
  let correlation: Double?
}

/// Finds the samples of one domain that show the same picture.
struct DuplicateSearch: Sendable {
  /// The largest distance of candidates' hashes.
  let distance: Int
  /// The least correlation of duplicates.
  let confirm: Double
  /// How many cores are used.
  let jobs: Int
  /// Prints that are kept in memory at a time, 20 KiB each.
  static let cacheLimit = 8_192

  /// All pairs among `samples`, sorted.
  ///
  /// - Parameters:
  ///   - samples: Hash and pixel digest of each.
  ///   - print: Loads the print of a sample.
  /// - Returns: The pairs by their positions.
  /// - Throws: What `print` throws, or `CancellationError`.
  func pairs(
    among samples: [(hash: PerceptualHash, pixels: String)],
    print: @escaping @Sendable (Int) throws -> LumaPrint
  ) async throws -> [DuplicatePair] {
    var found: [DuplicatePair] = []
    // Equal pixels need no search, and only the first of them takes part in it.
    var firsts: [String: Int] = [:]
    var distinct: [Int] = []
    for (index, sample) in samples.enumerated() {
      if let first = firsts[sample.pixels] {
        found.append(DuplicatePair(first: first, second: index, distance: 0, correlation: nil))
      } else {
        firsts[sample.pixels] = index
        distinct.append(index)
      }
    }
    var prints: [Int: LumaPrint] = [:]
    try await HashPairs(distinct.map { samples[$0].hash }, within: distance).find(jobs: jobs) { candidates in
      for start in stride(from: 0, to: candidates.count, by: Self.cacheLimit / 4) {
        let batch = candidates[start..<min(candidates.count, start + Self.cacheLimit / 4)].map {
          (distinct[$0], distinct[$1])
        }
        let needed = Set(batch.flatMap { [$0.0, $0.1] })
        if prints.count + needed.count > Self.cacheLimit {
          prints = prints.filter { needed.contains($0.key) }
        }
        let missing = needed.filter { prints[$0] == nil }.sorted()
        try await orderedMap(missing, jobs: jobs, makeWorker: {}) { index, _ in
          try print(index)
        } deliver: {
          prints[$0] = $1
        }
        let known = prints
        try await orderedMap(batch, jobs: jobs, makeWorker: {}) { pair, _ -> Similarity? in
          guard let a = known[pair.0], let b = known[pair.1] else { return nil }
          return Similarity(a, b)
        } deliver: { pair, similarity in
          guard let similarity, similarity.confirms(confirm) else { return }
          found.append(
            DuplicatePair(
              first: pair.0, second: pair.1,
              distance: samples[pair.0].hash.distance(to: samples[pair.1].hash),
              correlation: similarity.whole))
        }
      }
    }
    return found.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }
}
