import Dataset

/// Finds every pair of hashes that differ in few bits, exactly, without comparing all with all.
///
/// The 64 bits are cut into m parts. Of two hashes that differ in at most d bits, some part differs in at most d / m
/// (the pigeonhole principle; Norouzi et al., "Fast Exact Search in Hamming Space with Multi-Index Hashing", 2014), so
/// looking up, for each part, all values that near finds them all. A pair is reported for the first such part alone,
/// so no set of pairs seen is needed: memory is one table at a time, whatever the number of pairs.
public struct HashPairs: Sendable {
  private let hashes: [UInt64]
  private let distance: Int
  private let parts: Int?

  /// A search among `hashes` for pairs that differ in at most `distance` bits.
  public init(_ hashes: [PerceptualHash], within distance: Int) {
    self.init(hashes, within: distance, parts: nil)
  }

  /// A search that cuts hashes into `parts`; nil for the number that costs least.
  init(_ hashes: [PerceptualHash], within distance: Int, parts: Int?) {
    self.hashes = hashes.map(\.bits)
    self.parts = parts
    self.distance = max(0, min(64, distance))
  }

  /// Hands over every pair, as positions with the smaller one first, in batches; the order depends on the input alone.
  ///
  /// - Parameters:
  ///   - jobs: How many cores are used.
  ///   - deliver: Takes one batch.
  /// - Throws: What `deliver` throws, or `CancellationError`.
  public func find(jobs: Int, _ deliver: ([(Int, Int)]) async throws -> Void) async throws {
    guard hashes.count > 1 else { return }
    let plan = Plan(count: hashes.count, distance: distance, parts: parts)
    for part in 0..<max(1, plan.parts.count) {
      let table = plan.parts.isEmpty ? nil : Table(hashes, plan.parts[part], radius: plan.radius)
      let step = max(64, min(8192, hashes.count / (jobs * 4) + 1))
      let starts = stride(from: 0, to: hashes.count, by: step * jobs)
      for start in starts {
        // A round of one chunk a core; its pairs are handed over before the next round begins.
        var found: [(Int, Int)] = []
        let chunks = stride(from: start, to: min(hashes.count, start + step * jobs), by: step)
        try await orderedMap(chunks, jobs: jobs, makeWorker: {}) { chunk, _ in
          let range = chunk..<min(hashes.count, chunk + step)
          guard let table else { return everyPair(range) }
          return pairs(range, table, earlier: plan.parts[..<part], radius: plan.radius)
        } deliver: {
          found += $1
        }
        if !found.isEmpty { try await deliver(found) }
      }
    }
  }

  private func everyPair(_ range: Range<Int>) -> [(Int, Int)] {
    var found: [(Int, Int)] = []
    hashes.withUnsafeBufferPointer { hashes in
      for i in range {
        for j in i + 1..<max(i + 1, hashes.count) where (hashes[i] ^ hashes[j]).nonzeroBitCount <= distance {
          found.append((i, j))
        }
      }
    }
    return found
  }

  private func pairs(
    _ range: Range<Int>, _ table: Table, earlier: ArraySlice<Part>, radius: Int
  ) -> [(Int, Int)] {
    var found: [(Int, Int)] = []
    let masks = earlier.map { $0.mask << UInt64($0.shift) }
    hashes.withUnsafeBufferPointer { hashes in
      table.starts.withUnsafeBufferPointer { starts in
        table.order.withUnsafeBufferPointer { order in
          for i in range {
            let value = Int(table.part.value(of: hashes[i]))
            for flip in table.flips {
              let bucket = value ^ flip
              for slot in Int(starts[bucket])..<Int(starts[bucket + 1]) {
                let j = Int(order[slot])
                guard j > i else { continue }
                let difference = hashes[i] ^ hashes[j]
                guard difference.nonzeroBitCount <= distance else { continue }
                if masks.contains(where: { (difference & $0).nonzeroBitCount <= radius }) { continue }
                found.append((i, j))
              }
            }
          }
        }
      }
    }
    return found
  }

  /// Some neighbouring bits of a hash.
  struct Part: Sendable {
    let shift: Int
    let width: Int

    var mask: UInt64 { (1 << UInt64(width)) - 1 }
    func value(of hash: UInt64) -> UInt64 { (hash >> UInt64(shift)) & mask }
  }

  /// How the bits are cut; no parts where comparing all with all costs least.
  struct Plan {
    private(set) var parts: [Part] = []
    private(set) var radius = 0

    init(count: Int, distance: Int, parts fixed: Int? = nil) {
      var least = fixed == nil ? Double(count) / 2 : .infinity
      for number in fixed.map({ $0...$0 }) ?? 3...16 {
        let width = (64 + number - 1) / number
        let radius = distance / number
        let lookups = Double((0...radius).reduce(0) { $0 + Self.choose(width, $1) })
        // A look-up costs a few comparisons, as it mostly misses the cache.
        let cost =
          Double(number) * lookups * (4 + Double(count) / Double(1 << width)) + Double(1 << width)
          / Double(count)
        if cost < least {
          least = cost
          self.radius = radius
          let bounds = (0...number).map { $0 * 64 / number }
          parts = zip(bounds, bounds.dropFirst()).map { Part(shift: $0, width: $1 - $0) }
        }
      }
    }

    private static func choose(_ n: Int, _ k: Int) -> Int {
      (0..<k).reduce(1) { $0 * (n - $1) / ($1 + 1) }
    }
  }

  /// Which hashes have which value in one part.
  private struct Table: Sendable {
    let part: Part
    /// Where each value's positions start in `order`.
    var starts: [UInt32]
    /// Positions of hashes, sorted by value.
    var order: [UInt32]
    /// The bit patterns with at most radius bits set.
    let flips: [Int]

    init(_ hashes: [UInt64], _ part: Part, radius: Int) {
      self.part = part
      starts = [UInt32](repeating: 0, count: (1 << part.width) + 1)
      for hash in hashes { starts[Int(part.value(of: hash)) + 1] += 1 }
      for value in 1..<starts.count { starts[value] += starts[value - 1] }
      order = [UInt32](repeating: 0, count: hashes.count)
      var next = starts
      for (index, hash) in hashes.enumerated() {
        let value = Int(part.value(of: hash))
        order[Int(next[value])] = UInt32(index)
        next[value] += 1
      }
      flips = Self.flips(width: part.width, radius: radius)
    }

    /// All patterns of `width` bits with at most `radius` set.
    private static func flips(width: Int, radius: Int) -> [Int] {
      var all = [0]
      var last = [(pattern: 0, from: 0)]
      for _ in 0..<radius {
        last = last.flatMap { pattern, from in
          (from..<width).map { (pattern | 1 << $0, $0 + 1) }
        }
        all += last.map(\.pattern)
      }
      return all
    }
  }
}
