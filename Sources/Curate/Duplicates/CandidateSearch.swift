import Dataset
import Imaging

/// Finds the pairs of faces that may be copies: those whose hashes are near in any view or orientation.
///
/// All are compared with all, but first by half of the bits only. Each face keeps its nearest candidates, so that the number
/// of pairs grows with the number of faces.
struct CandidateSearch: Sendable {
  /// A pair that may be copies.
  struct Candidate: Sendable, Hashable {
    let first: Int
    let second: Int
    /// How the second is placed where the hashes are nearest.
    let placement: Placement
    /// The number of differing bits.
    let distance: Int
  }

  /// The largest number of differing bits.
  let limit: Int
  /// The number of candidates that each face keeps, and how many of these may be doubtful, beyond the distance `sure`.
  private static let (kept, doubtful, sure) = (48, 8, 22)

  /// One hash of every face, and how a face is placed whose hash is near it.
  private struct Table: Sendable {
    let low: [UInt64]
    let high: [UInt64]
    let placement: Placement
    /// The view of the first face that is compared with it.
    var view = 0

    init(_ hashes: [FaceHash], _ placement: Placement, view: Int = 0) {
      (low, high) = (hashes.map(\.low), hashes.map(\.high))
      (self.placement, self.view) = (placement, view)
    }
  }

  /// The candidates among `faces`, by positions with the smaller one first, sorted.
  ///
  /// - Throws: `CancellationError`.
  func candidates(among faces: [FaceHashes], jobs: Int) async throws -> [Candidate] {
    let own = faces.map(\.own)
    var tables = Orientation.allCases.map { turn in
      Table(own.map { $0.turned(turn) }, Placement(turn: turn))
    }
    for (index, view) in FaceHashes.views.enumerated().dropFirst() {
      tables.append(Table(faces.map { $0.all[index] }, Placement(second: view)))
      tables.append(Table(own, Placement(first: view), view: index))
    }
    let blocks = stride(from: 0, to: faces.count, by: 64).map { $0..<min(faces.count, $0 + 64) }
    var all: [Candidate] = []
    try await orderedMap(blocks, jobs: jobs, makeWorker: {}) { [tables] block, _ -> [Candidate] in
      try Task.checkCancellation()
      return block.flatMap { near($0, faces[$0], tables) }
    } deliver: {
      all += $1
    }
    return all.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }

  /// The candidates of one face among those after it.
  private func near(_ first: Int, _ face: FaceHashes, _ tables: [Table]) -> [Candidate] {
    var near: [Int: Candidate] = [:]
    var limit = limit
    for table in tables {
      let hash = face.all[table.view]
      table.low.withUnsafeBufferPointer { low in
        table.high.withUnsafeBufferPointer { high in
          var lowLimit = limit * 64 / FaceHash.count + 5
          for second in (first + 1)..<max(first + 1, low.count)
          where (low[second] ^ hash.low).nonzeroBitCount <= lowLimit {
            let distance = hash.distance(to: FaceHash(low: low[second], high: high[second]))
            guard distance <= limit, distance < near[second]?.distance ?? .max else { continue }
            near[second] = Candidate(
              first: first, second: second, placement: table.placement, distance: distance)
            guard near.count > 4 * Self.kept else { continue }
            // More than can be kept: those that are farther than the last of these are of no use.
            let best = near.values.sorted(by: Self.isNearer).prefix(Self.kept)
            near = Dictionary(uniqueKeysWithValues: best.map { ($0.second, $0) })
            limit = best[best.count - 1].distance
            lowLimit = limit * 64 / FaceHash.count + 5
          }
        }
      }
    }
    let sorted = near.values.sorted(by: Self.isNearer)
    let clear = sorted.prefix { $0.distance <= Self.sure }.count
    return Array(sorted.prefix(min(Self.kept, max(clear, min(sorted.count, clear + Self.doubtful)))))
  }

  private static func isNearer(_ a: Candidate, _ b: Candidate) -> Bool {
    (a.distance, a.second) < (b.distance, b.second)
  }
}
