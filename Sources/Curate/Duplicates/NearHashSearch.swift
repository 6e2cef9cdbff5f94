import Dataset

/// Finds every pair of hashes that differ in few bits, without comparing all with all.
///
/// The 64 bits are cut into m parts, each with a radius of its own, the radii adding up to d - m + 1. Of two hashes that
/// differ in at most d bits, some part differs in no more than its radius: otherwise they would differ in at least
/// d + 1 (the pigeonhole principle in its tight form; Norouzi et al., "Fast Exact Search in Hamming Space with
/// Multi-Index Hashing", 2014, and Qin et al., "GPH: Similarity Search in Hamming Space", 2018). So the hashes are sorted
/// by one part after the other, and those with equal and near values of it compared with each other, which goes through
/// memory in order. A pair is reported only for the first part that finds it. So found pairs need not be remembered, and memory
/// contains one sorted copy at a time.
public struct NearHashSearch: Sendable {
  private let hashes: [UInt64]
  private let distance: Int
  private let parts: Int?
  /// Whether a pair is wanted; nil for all.
  var isWanted: (@Sendable (Int, Int) -> Bool)?
  /// The largest number of wanted pairs that are reported for one hash and one bucket of another; so the number of pairs does
  /// not grow with the square of the number of equal hashes, which stay connected.
  var most = Int.max

  /// A search among `hashes` for pairs that differ in at most `distance` bits.
  public init(_ hashes: [PerceptualHash], within distance: Int) {
    self.init(hashes, within: distance, parts: nil)
  }

  /// A search that cuts hashes into `parts`; nil for the cheapest number.
  init(_ hashes: [PerceptualHash], within distance: Int, parts: Int?) {
    self.hashes = hashes.map(\.bits)
    self.parts = parts
    self.distance = max(0, min(64, distance))
  }

  /// Delivers every pair, as positions with the smaller one first, in batches; the order depends only on the input.
  ///
  /// - Parameters:
  ///   - jobs: The number of cores to use.
  ///   - deliver: Takes one batch.
  /// - Throws: What `deliver` throws, or `CancellationError`.
  public func find(jobs: Int, _ deliver: ([(Int, Int)]) async throws -> Void) async throws {
    guard hashes.count > 1 else { return }
    let plan = Plan(count: hashes.count, distance: distance, parts: parts)
    let tables = plan.parts.isEmpty ? 1 : plan.parts.count
    for number in 0..<tables {
      let table = plan.parts.isEmpty ? nil : Table(hashes, plan.parts[number])
      let count = table.map(\.buckets) ?? hashes.count
      let step = max(1, min(8192, count / (jobs * 16) + 1))
      for start in stride(from: 0, to: count, by: step * jobs) {
        // One chunk for each core; its pairs are delivered before the next round begins.
        var found: [(Int, Int)] = []
        let chunks = stride(from: start, to: min(count, start + step * jobs), by: step)
        try await orderedMap(chunks, jobs: jobs, makeWorker: {}) { chunk, _ in
          let range = chunk..<min(count, chunk + step)
          guard let table else { return everyPair(range) }
          return pairs(range, table, earlier: plan.parts[..<number])
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
        var count = 0
        for j in i + 1..<max(i + 1, hashes.count) where (hashes[i] ^ hashes[j]).nonzeroBitCount <= distance {
          guard isWanted?(i, j) ?? true else { continue }
          found.append((i, j))
          count += 1
          if count >= most { break }
        }
      }
    }
    return found
  }

  /// The pairs between a bucket of `range` and itself or a later bucket whose value is near.
  private func pairs(_ range: Range<Int>, _ table: Table, earlier: ArraySlice<Part>) -> [(Int, Int)] {
    var found: [(Int, Int)] = []
    let distance = distance
    func report(_ i: Int, _ j: Int, _ difference: UInt64, _ count: inout Int) {
      if earlier.contains(where: { $0.value(of: difference).nonzeroBitCount <= $0.radius }) { return }
      let (first, second) = (Int(table.order[i]), Int(table.order[j]))
      guard isWanted?(min(first, second), max(first, second)) ?? true else { return }
      found.append((min(first, second), max(first, second)))
      count += 1
    }
    table.starts.withUnsafeBufferPointer { starts in
      table.sorted.withUnsafeBufferPointer { sorted in
        for bucket in range where starts[bucket] < starts[bucket + 1] {
          let own = Int(starts[bucket])..<Int(starts[bucket + 1])
          for i in own {
            var count = 0
            for j in i + 1..<own.upperBound {
              let difference = sorted[i] ^ sorted[j]
              guard difference.nonzeroBitCount <= distance else { continue }
              report(i, j, difference, &count)
              if count >= most { break }
            }
          }
          for flip in table.flips {
            let other = bucket ^ flip
            guard other > bucket else { continue }
            let (from, to) = (Int(starts[other]), Int(starts[other + 1]))
            guard from < to else { continue }
            for i in own {
              let hash = sorted[i]
              var count = 0
              for j in from..<to {
                let difference = hash ^ sorted[j]
                guard difference.nonzeroBitCount <= distance else { continue }
                report(i, j, difference, &count)
                if count >= most { break }
              }
            }
          }
        }
      }
    }
    return found
  }

  /// Some neighbouring bits of a hash, and in how many of them two hashes may differ to be compared.
  struct Part: Sendable {
    let shift: Int
    let width: Int
    let radius: Int

    func value(of hash: UInt64) -> UInt64 { (hash >> UInt64(shift)) & ((1 << UInt64(width)) - 1) }
  }

  /// How the bits are cut; no parts if comparing all with all is cheaper.
  struct Plan {
    private(set) var parts: [Part] = []

    init(count: Int, distance: Int, parts fixed: Int? = nil) {
      let count = Double(count)
      var least = fixed == nil ? count * count / 2 : .infinity
      for number in fixed.map({ $0...$0 }) ?? 3...16 {
        let bounds = (0...number).map { $0 * 64 / number }
        // The sum of the radii above -1; a part with radius -1 is not searched.
        let sum = distance + 1
        let parts = (0..<number).map { part in
          Part(
            shift: bounds[part], width: bounds[part + 1] - bounds[part],
            radius: sum / number + (part < sum % number ? 1 : 0) - 1)
        }.filter { $0.radius >= 0 }
        let cost = parts.reduce(0.0) { total, part in
          let buckets = Double(1 << part.width)
          let flips = (0...part.radius).reduce(0.0) { $0 + Self.choose(part.width, $1) }
          // Sorting; a look at each near bucket, which costs a few comparisons; then the comparisons themselves.
          return total + 16 * count + buckets + min(buckets, count) * flips * 2 + count * flips / 2 * count
            / buckets
        }
        if cost < least { (least, self.parts) = (cost, parts) }
      }
    }

    private static func choose(_ n: Int, _ k: Int) -> Double {
      (0..<k).reduce(1) { $0 * Double(n - $1) / Double($1 + 1) }
    }
  }

  /// The hashes sorted by one part.
  private struct Table: Sendable {
    let buckets: Int
    /// Where each value's hashes start in `sorted`.
    let starts: [UInt32]
    /// The hashes, sorted by the part's value.
    let sorted: [UInt64]
    /// The position that each of them came from.
    let order: [UInt32]
    /// The bit patterns with 1 to radius bits set.
    let flips: [Int]

    init(_ hashes: [UInt64], _ part: Part) {
      buckets = 1 << part.width
      var starts = [UInt32](repeating: 0, count: buckets + 1)
      for hash in hashes { starts[Int(part.value(of: hash)) + 1] += 1 }
      for value in 1..<starts.count { starts[value] += starts[value - 1] }
      var next = starts
      var sorted = [UInt64](repeating: 0, count: hashes.count)
      var order = [UInt32](repeating: 0, count: hashes.count)
      for (index, hash) in hashes.enumerated() {
        let value = Int(part.value(of: hash))
        let at = Int(next[value])
        (sorted[at], order[at]) = (hash, UInt32(index))
        next[value] += 1
      }
      (self.starts, self.sorted, self.order) = (starts, sorted, order)
      flips = Self.flips(width: part.width, radius: part.radius)
    }

    private static func flips(width: Int, radius: Int) -> [Int] {
      var all: [Int] = []
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
