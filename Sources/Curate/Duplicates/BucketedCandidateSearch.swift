import Dataset
import Imaging

/// Finds the pairs of faces that may be copies among many faces, without comparing all with all.
///
/// Each of several tables sorts the hashes of all views by the same few random bits. A face looks up its usual hash in all
/// eight orientations, and is compared in full with the hashes that differ in at most one of these bits (bit sampling;
/// Indyk and Motwani, "Approximate Nearest Neighbors", 1998, with the probing of Lv et al., "Multi-Probe LSH", 2007).
///
/// The search does not find all copies. Of copies that were added to 100,000 faces it found 99 % if 10 % of the bits differ, 93 %
/// at 14 % and 63 % at 18 %. Copies with more differing bits are as far apart as different faces of so large a set.
struct BucketedCandidateSearch: Sendable {
  /// The number of tables.
  private static let tables = 24
  /// The largest number of differing bits, 24 %.
  ///
  /// The tables find less than a tenth of the copies that differ in more bits. Nearly all other pairs that differ in more bits
  /// are different faces, which would all be compared pixel by pixel.
  private static let farthest = 28
  /// The number of candidates that each face keeps.
  private static let kept = 12

  private let count: Int
  /// All hashes, face by face.
  private let hashes: [LumaHash]
  /// The usual hashes, transposed.
  private let transposed: [LumaHash]
  /// The largest number of differing bits.
  private let limit: Int
  /// Whether turned copies are wanted.
  ///
  /// Otherwise only upright and mirrored ones are searched in all tables, and those in other orientations in every third one.
  private let turns: Bool

  /// A search among `faces` for pairs that differ in at most `limit` bits, or in at most `farthest`.
  init(_ faces: [FaceHashes], limit: Int, turns: Bool = true) {
    self.turns = turns
    (count, self.limit) = (faces.count, min(limit, Self.farthest))
    hashes = faces.flatMap(\.all)
    transposed = faces.map { $0.own.turned(.leftTop) }
  }

  /// The number of bits of a table's keys: more faces need longer keys for as few chance matches.
  static func keyBits(for count: Int) -> Int {
    let doublings = count.bitWidth - count.leadingZeroBitCount - 14
    return min(32, max(22, 24 + doublings * 4 / 3))
  }

  /// The candidates, by positions with the smaller one first, sorted.
  ///
  /// - Throws: `CancellationError`.
  func candidates(jobs: Int) async throws -> [CandidateSearch.Candidate] {
    var random = CounterRandom(119)
    var nearest = [Nearest](repeating: Nearest(), count: count)
    let blocks = stride(from: 0, to: count, by: 1024).map { $0..<min(count, $0 + 1024) }
    for number in 0..<Self.tables {
      try Task.checkCancellation()
      let allTurns = turns || number % 3 == 0
      let table = Table(hashes, key: BitSample(Self.keyBits(for: count), &random))
      // Faces with near keys look up near buckets, which are then in the processor's cache.
      let order = table.faces
      var updated = nearest
      try await orderedMap(blocks, jobs: jobs, makeWorker: {}) { [nearest] block, _ -> [Nearest] in
        order[block].map { face in
          var near = nearest[Int(face)]
          search(Int(face), in: table, allTurns: allTurns, &near)
          return near
        }
      } deliver: { block, found in
        for (face, near) in zip(order[block], found) { updated[Int(face)] = near }
      }
      nearest = updated
    }
    return candidates(from: nearest)
  }

  /// The candidates of all faces, each pair once, at its smallest distance.
  private func candidates(from nearest: [Nearest]) -> [CandidateSearch.Candidate] {
    var all: [CandidateSearch.Candidate] = []
    for (face, near) in nearest.enumerated() {
      for hit in near.hits {
        let other = Int(hit.face)
        // The other face may have found the same pair at another distance; then the smaller one counts.
        if let twin = nearest[other].hits.first(where: { $0.face == UInt32(face) }),
          (twin.distance, other) < (hit.distance, face)
        {
          continue
        }
        all.append(candidate(face, hit))
      }
    }
    return all.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }

  /// A face's hit as a pair whose earlier face is the first.
  private func candidate(_ face: Int, _ hit: Hit) -> CandidateSearch.Candidate {
    let (other, view) = (Int(hit.face), Int(hit.view))
    let isFirst = face < other
    // The hit turns `face` onto the other one. If `face` is the first, the second is turned back.
    let swaps = hit.isTransposed && isFirst
    let turn = Orientation(
      isTransposed: hit.isTransposed, flipsX: swaps ? hit.flipsY : hit.flipsX,
      flipsY: swaps ? hit.flipsX : hit.flipsY)
    return CandidateSearch.Candidate(
      first: min(face, other), second: max(face, other),
      placement: Placement(turn: turn, first: isFirst ? 0 : view, second: isFirst ? view : 0),
      distance: Int(hit.distance))
  }

  /// Adds the hits of one face in one table.
  private func search(_ face: Int, in table: Table, allTurns: Bool, _ near: inout Nearest) {
    for isTransposed in allTurns ? [false, true] : [false] {
      let own = isTransposed ? transposed[face] : hashes[face * FaceHashes.views.count]
      let key = table.key(of: own)
      for mirroring in 0..<(allTurns ? 4 : 2) {
        // Mirroring inverts some bits of a hash, so it inverts some bits of its key.
        table.near(key ^ table.inversions[mirroring]) { entry in
          let (other, view) = entry.quotientAndRemainder(dividingBy: FaceHashes.views.count)
          guard other != face else { return }
          let (distance, flipsX, flipsY) = hashes[entry].distanceMirrored(own)
          guard distance <= limit, distance < near.farthest else { return }
          near.take(
            Hit(
              face: UInt32(other), distance: UInt8(distance), view: UInt8(view), isTransposed: isTransposed,
              flipsX: flipsX, flipsY: flipsY), kept: Self.kept)
        }
      }
    }
  }

  /// A face that is near another one: which of its views is near the other's usual view, and how that is turned.
  private struct Hit: Sendable {
    let face: UInt32
    let distance: UInt8
    let view: UInt8
    let isTransposed: Bool
    let flipsX: Bool
    let flipsY: Bool
  }

  /// The nearest faces to one face, nearest first.
  private struct Nearest: Sendable {
    private(set) var hits: [Hit] = []
    /// Only nearer faces are added from now on.
    private(set) var farthest = Int.max

    mutating func take(_ hit: Hit, kept: Int) {
      if let known = hits.firstIndex(where: { $0.face == hit.face }) {
        guard hit.distance < hits[known].distance else { return }
        hits.remove(at: known)
      }
      let place =
        hits.firstIndex { (hit.distance, hit.face) < ($0.distance, $0.face) } ?? hits.count
      hits.insert(hit, at: place)
      if hits.count > kept { hits.removeLast() }
      if hits.count == kept { farthest = Int(hits[kept - 1].distance) }
    }
  }
}

/// Some bits of a hash, chosen at random.
private struct BitSample: Sendable {
  private let low: [UInt64]
  private let high: [UInt64]

  init(_ count: Int, _ random: inout CounterRandom) {
    var places = Array(0..<LumaHash.count)
    for index in 0..<count {
      places.swapAt(index, index + random.below(places.count - index))
    }
    let chosen = places.prefix(count).sorted()
    low = chosen.filter { $0 < 64 }.map(UInt64.init)
    high = chosen.filter { $0 >= 64 }.map { UInt64($0 - 64) }
  }

  var count: Int { low.count + high.count }

  /// The chosen bits of `hash` as one number.
  func key(of hash: LumaHash) -> UInt32 {
    var key: UInt32 = 0
    for place in low { key = key << 1 | UInt32(truncatingIfNeeded: hash.low >> place & 1) }
    for place in high { key = key << 1 | UInt32(truncatingIfNeeded: hash.high >> place & 1) }
    return key
  }
}

/// Hashes sorted by a prefix of their keys.
private struct Table: Sendable {
  private let key: BitSample
  /// The bits of a key that mirroring inverts: along no axis, along the first, the second and both.
  let inversions: [UInt32]
  /// The number of the key's last bits that the buckets ignore.
  private let rest: Int
  /// The number of a bucket's first entry.
  private let starts: [UInt32]
  private let entries: [(key: UInt32, index: UInt32)]

  init(_ hashes: [LumaHash], key: BitSample) {
    self.key = key
    let zero = LumaHash(low: 0, high: 0)
    inversions = [(false, false), (true, false), (false, true), (true, true)].map {
      key.key(of: zero.mirrored($0.0, $0.1))
    }
    let length = hashes.count.bitWidth - hashes.count.leadingZeroBitCount
    rest = max(0, key.count - max(8, length - 2))
    let keys = hashes.map { key.key(of: $0) }
    var starts = [UInt32](repeating: 0, count: 1 << (key.count - rest) + 1)
    for key in keys { starts[Int(key >> UInt32(rest)) + 1] += 1 }
    for bucket in 1..<starts.count { starts[bucket] += starts[bucket - 1] }
    var next = starts
    var entries = [(key: UInt32, index: UInt32)](repeating: (0, 0), count: keys.count)
    for (index, key) in keys.enumerated() {
      let bucket = Int(key >> UInt32(rest))
      entries[Int(next[bucket])] = (key, UInt32(index))
      next[bucket] += 1
    }
    (self.starts, self.entries) = (starts, entries)
  }

  /// All faces, in the order of the buckets of their usual hashes.
  var faces: [UInt32] {
    let views = UInt32(FaceHashes.views.count)
    return entries.lazy.filter { $0.index % views == 0 }.map { $0.index / views }
  }

  /// The key of a hash.
  func key(of hash: LumaHash) -> UInt32 { key.key(of: hash) }

  /// Calls `body` with the position of each hash whose key differs from `wanted` in at most one bit.
  @inline(__always) func near(_ wanted: UInt32, _ body: (Int) -> Void) {
    let own = wanted >> UInt32(rest)
    starts.withUnsafeBufferPointer { starts in
      entries.withUnsafeBufferPointer { entries in
        func look(_ bucket: UInt32) {
          for at in Int(starts[Int(bucket)])..<Int(starts[Int(bucket) + 1])
          where (entries[at].key ^ wanted).nonzeroBitCount <= 1 {
            body(Int(entries[at].index))
          }
        }
        look(own)
        for bit in 0..<UInt32(key.count - rest) { look(own ^ (1 << bit)) }
      }
    }
  }
}
