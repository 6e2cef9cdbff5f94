import Dataset
import Imaging

/// Finds the pairs of faces that may be copies: those whose hashes are near in any zoom and orientation.
///
/// All are compared with all, but first by half of the bits only. Each face keeps its nearest candidates, so that the number
/// of pairs grows with the number of faces.
struct CandidateSearch: Sendable {
  /// A pair that may be copies.
  struct Candidate: Sendable, Hashable {
    let first: Int
    let second: Int
    /// How the second is turned relative to the first.
    let turn: Orientation
    /// The number of differing bits.
    let distance: Int
    /// How much larger the second shows what the first shows, as a natural logarithm.
    let scale: Float
  }

  /// The largest number of differing bits.
  let limit: Int
  /// The orientations of the second picture that are tried.
  let turns: [Orientation]
  /// The number of candidates that each face keeps, and how many of these may be doubtful, beyond the distance `sure`.
  private static let (kept, doubtful, sure) = (48, 8, 22)

  /// The candidates among `faces`, by positions with the smaller one first, sorted.
  ///
  /// - Throws: `CancellationError`.
  func candidates(among faces: [FaceHashes], jobs: Int) async throws -> [Candidate] {
    let zooms = FaceHashes.zooms.count
    let count = faces.count
    // For each turn and zoom, the halves of all hashes in a row.
    var tables: [(turn: Orientation, zoom: Int, low: [UInt64], high: [UInt64])] = []
    for turn in turns {
      for zoom in 0..<zooms {
        let hashes = faces.map { $0.all[zoom].turned(turn) }
        tables.append((turn, zoom, hashes.map(\.low), hashes.map(\.high)))
      }
    }
    let lowLimit = limit * 64 / FaceHash.count + 5
    let blocks = stride(from: 0, to: count, by: 64).map { $0..<min(count, $0 + 64) }
    var all: [Candidate] = []
    try await orderedMap(blocks, jobs: jobs, makeWorker: {}) { [limit, tables] block, _ -> [Candidate] in
      var found: [Candidate] = []
      for first in block {
        try Task.checkCancellation()
        var near: [Int: Candidate] = [:]
        for table in tables {
          // The first at its own zoom against all zooms of the others, and at all zooms against the others' own.
          let own = table.zoom == 0 ? Array(0..<zooms) : [0]
          for zoom in own {
            let hash = faces[first].all[zoom]
            table.low.withUnsafeBufferPointer { low in
              for second in (first + 1)..<max(first + 1, count)
              where (low[second] ^ hash.low).nonzeroBitCount <= lowLimit {
                let distance = hash.distance(to: FaceHash(low: low[second], high: table.high[second]))
                guard distance <= limit, distance < near[second]?.distance ?? .max else { continue }
                near[second] = Candidate(
                  first: first, second: second, turn: table.turn, distance: distance,
                  scale: 0.0953 * Float(table.zoom - zoom))
              }
            }
          }
        }
        let sorted = near.values.sorted { ($0.distance, $0.second) < ($1.distance, $1.second) }
        let clear = sorted.prefix { $0.distance <= Self.sure }.count
        found += sorted.prefix(min(Self.kept, max(clear, min(sorted.count, clear + Self.doubtful))))
      }
      return found
    } deliver: {
      all += $1
    }
    return all.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }
}
