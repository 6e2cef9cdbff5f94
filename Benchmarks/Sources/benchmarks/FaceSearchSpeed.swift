@testable import Curate
import Dataset
import Foundation
@testable import Imaging

/// The search for candidates among faces: seconds and memory by the number of faces, and how many planted copies are found.
///
/// One face in fifty has a copy that is turned, whose usual view is another view of the original, and in which 3 to 18 per cent
/// of the bits differ.
enum FaceSearchSpeed {
  private static let shares = [0.03, 0.06, 0.1, 0.14, 0.18]

  static func run() async throws {
    for count in [12_000, 12_001, 100_000, 1_000_000] {
      let (faces, copies) = planted(count)
      let start = ContinuousClock.now
      let cpu = clock()
      let found = try await CandidateSearch(limit: 36).candidates(among: faces, jobs: 2)
      let (took, used) = (Command.seconds(since: start), Double(clock() - cpu) / Double(CLOCKS_PER_SEC))
      let pairs = Set(found.map { [$0.first, $0.second] })
      let recall = shares.indices.map { kind in
        let own = copies.indices.filter { $0 % shares.count == kind }
        let hits = own.count { pairs.contains([copies[$0] - 1, copies[$0]]) }
        return "\(shares[kind]): \(hits) of \(own.count)"
      }
      print(
        String(
          format:
            "  %d faces: %.1f s on 2 cores, %.1f s of processor time, %.1f pairs a face; found by share of bits: %@",
          count, took, used, Double(found.count) / Double(count), recall.joined(separator: ", ")))
    }
  }

  /// Random faces, and the positions of copies of the face before.
  private static func planted(_ count: Int) -> (faces: [FaceHashes], copies: [Int]) {
    var (faces, copies): ([FaceHashes], [Int]) = ([], [])
    var random = CounterRandom(0)
    while faces.count < count {
      let views = FaceHashes.views.map { _ in changed(LumaHash(low: 0, high: 0), 0.5, using: &random) }
      faces.append(FaceHashes(all: views))
      guard faces.count % 50 == 0, faces.count < count else { continue }
      let turn = Orientation.allCases[copies.count % Orientation.allCases.count]
      let share = shares[copies.count % shares.count]
      var copy = views.map { changed($0, share, using: &random).turned(turn) }
      copy.swapAt(0, copies.count % copy.count)
      copies.append(faces.count)
      faces.append(FaceHashes(all: copy))
    }
    return (faces, copies)
  }

  /// The hash with each bit inverted with probability `share`.
  private static func changed(
    _ hash: LumaHash, _ share: Double, using random: inout CounterRandom
  ) -> LumaHash {
    var (low, high) = (hash.low, hash.high)
    for bit in 0..<LumaHash.count where random.unit() < share {
      if bit < 64 { low ^= 1 << UInt64(bit) } else { high ^= 1 << UInt64(bit - 64) }
    }
    return LumaHash(low: low, high: high)
  }
}
