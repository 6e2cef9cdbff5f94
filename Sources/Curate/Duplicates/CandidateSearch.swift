import Dataset
import Imaging

/// Finds the pairs of faces that may be copies: their hashes are similar in any view or orientation.
///
/// Up to `exactLimit` faces are compared each with each, first by half of the bits only; more faces are searched by
/// `BucketedCandidateSearch`. Each face keeps only its nearest candidates, so the number of pairs is proportional to the number
/// of faces.
struct CandidateSearch: Sendable {
  /// A pair that may be copies.
  struct Candidate: Sendable, Hashable {
    let first: Int
    let second: Int
    /// The placement of the second at the smallest distance.
    let placement: Placement
    /// The number of differing bits.
    let distance: Int
  }

  /// The largest number of differing bits.
  let limit: Int
  /// Whether turned copies are wanted, so that all of them are searched among many faces too.
  var turns = true
  /// The number of candidates that each face keeps, and how many of them may be farther than `sure`.
  private static let (kept, doubtful, sure) = (48, 8, 22)
  /// The maximum number of faces that are compared each with each; for more, tables are faster.
  static let exactLimit = 12_000

  /// One hash of every face: a view, transposed or not.
  private struct Table: Sendable {
    let even: [UInt32]
    let hashes: [LumaHash]
    let isTransposed: Bool
    let view: Int

    init(_ faces: [FaceHashes], view: Int, isTransposed: Bool) {
      (self.view, self.isTransposed) = (view, isTransposed)
      hashes = faces.map { isTransposed ? $0.all[view].turned(.leftTop) : $0.all[view] }
      // Padded to a whole number of vectors.
      even = hashes.map(\.evenBits) + [UInt32](repeating: 0, count: Self.lanes)
    }

    static let lanes = 8
  }

  /// The candidates among `faces`, by positions with the smaller one first, sorted.
  ///
  /// - Throws: `CancellationError`.
  func candidates(among faces: [FaceHashes], jobs: Int) async throws -> [Candidate] {
    guard faces.count <= Self.exactLimit else {
      return try await BucketedCandidateSearch(faces, limit: limit, turns: turns).candidates(jobs: jobs)
    }
    let tables = [false, true].flatMap { isTransposed in
      FaceHashes.views.indices.map { Table(faces, view: $0, isTransposed: isTransposed) }
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

  /// The candidates of one face among the faces after it.
  private func near(_ first: Int, _ face: FaceHashes, _ tables: [Table]) -> [Candidate] {
    var near = NearFaces(limit: limit, kept: Self.kept)
    for table in tables {
      // The usual view of the first with every view of the others, and its other views with their usual one.
      for view in table.view == 0 ? face.all.indices : 0..<1 {
        let (hash, even) = (face.all[view], face.all[view].evenBits)
        table.even.withUnsafeBufferPointer { words in
          table.hashes.withUnsafeBufferPointer { hashes in
            for start in stride(from: first + 1, to: hashes.count, by: Table.lanes) {
              let counts = Self.differing(words, start, even)
              guard counts.min() <= UInt32(near.evenLimit) else { continue }
              for second in start..<min(hashes.count, start + Table.lanes)
              where counts[second - start] <= UInt32(near.evenLimit) {
                let (distance, flipsX, flipsY) = hash.distanceMirrored(hashes[second])
                guard distance <= near.limit else { continue }
                let turn = Orientation(isTransposed: table.isTransposed, flipsX: flipsX, flipsY: flipsY)
                near.take(
                  Candidate(
                    first: first, second: second,
                    placement: Placement(turn: turn, first: view, second: table.view), distance: distance))
              }
            }
          }
        }
      }
    }
    let sorted = near.sorted
    let clear = sorted.prefix { $0.distance <= Self.sure }.count
    return Array(sorted.prefix(min(Self.kept, max(clear, min(sorted.count, clear + Self.doubtful)))))
  }

  /// The numbers of bits in which eight words differ from `word`.
  @inline(__always) private static func differing(
    _ words: UnsafeBufferPointer<UInt32>, _ start: Int, _ word: UInt32
  ) -> SIMD8<UInt32> {
    var bits = SIMD8<UInt32>()
    for lane in 0..<Table.lanes { bits[lane] = words[start + lane] }
    bits ^= SIMD8(repeating: word)
    bits = bits &- ((bits &>> 1) & SIMD8(repeating: 0x5555_5555))
    bits = (bits & SIMD8(repeating: 0x3333_3333)) &+ ((bits &>> 2) & SIMD8(repeating: 0x3333_3333))
    bits = (bits &+ (bits &>> 4)) & SIMD8(repeating: 0x0F0F_0F0F)
    bits = bits &+ (bits &>> 8)
    return (bits &+ (bits &>> 16)) & SIMD8(repeating: 0x3F)
  }
}

/// The nearest faces to one face.
private struct NearFaces {
  private var nearest: [Int: CandidateSearch.Candidate] = [:]
  private let kept: Int
  /// Faces beyond this distance are ignored.
  private(set) var limit: Int
  /// The maximum number of differing bits among those that mirroring does not change.
  private(set) var evenLimit: Int

  init(limit: Int, kept: Int) {
    (self.limit, self.kept) = (limit, kept)
    evenLimit = Self.evenLimit(limit)
  }

  /// Adds a face, or replaces its distance if the new one is smaller.
  mutating func take(_ candidate: CandidateSearch.Candidate) {
    guard candidate.distance < nearest[candidate.second]?.distance ?? .max else { return }
    nearest[candidate.second] = candidate
    guard nearest.count > 4 * kept else { return }
    // The list is full: faces farther than the last one kept are ignored from now on.
    let best = sorted.prefix(kept)
    nearest = Dictionary(uniqueKeysWithValues: best.map { ($0.second, $0) })
    limit = best[best.count - 1].distance
    evenLimit = Self.evenLimit(limit)
  }

  /// The faces, nearest first.
  var sorted: [CandidateSearch.Candidate] {
    nearest.values.sorted { ($0.distance, $0.second) < ($1.distance, $1.second) }
  }

  private static func evenLimit(_ limit: Int) -> Int { limit * LumaHash.evenCount / LumaHash.count + 4 }
}
