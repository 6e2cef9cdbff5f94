@testable import Curate
import Foundation
import Glibc
import Imaging

/// Near-duplicates beside PyPI's imagededup: how fast hashes are made and searched.
///
/// The script needs imagededup (its network, and so torch, is not used); name a Python that has it in
/// EASEL_BENCH_DEDUP. Without it Easel's own numbers are printed alone.
enum DuplicateSpeed {
  static func run() async throws {
    try await search()
    guard let data = ProcessInfo.processInfo.environment["EASEL_TEST_DATA"] else {
      print("  skipped the rest: EASEL_TEST_DATA does not name the test data")
      return
    }
    try await hashing(data + "/selfie2anime/trainA")
  }

  /// All pairs within 8 bits among random hashes, of which one in a hundred has a planted neighbour.
  private static func search() async throws {
    for count in [10_000, 100_000, 1_000_000] {
      var random = SystemRandomNumberGenerator()
      var bits = (0..<count - count / 100).map { _ in random.next() }
      for index in 0..<count / 100 {
        var near = bits[index]
        for _ in 0..<index % 9 { near ^= 1 << (random.next() % 64) }
        bits.append(near)
      }
      let hashes = bits.map { PerceptualHash(bits: $0) }
      let (count, start) = (hashes.count, ContinuousClock.now)
      var (found, planted) = (0, Set<Int>())
      try await NearHashSearch(hashes, within: 8).find(jobs: 2) { pairs in
        found += pairs.count
        for (first, second) in pairs where second - first == count - count / 100 { planted.insert(first) }
      }
      let took = seconds(since: start)
      let theirs = try script(["search", "\(count)"])
      print(
        String(
          format: "  %d hashes: %.2f s on 2 cores, %d pairs, %d of %d planted, %d MB at most; imagededup: %@",
          count,
          took, found, planted.count, count / 100, peak() >> 20, theirs))
    }
  }

  /// Files to hashes, as many at a time as there are cores.
  private static func hashing(_ folder: String) async throws {
    let files = try names(folder)
    let start = ContinuousClock.now
    let hashes = try await withThrowingTaskGroup(of: Int.self) { group in
      for part in 0..<2 {
        group.addTask {
          var count = 0
          for at in stride(from: part, to: files.count, by: 2) {
            _ = PerceptualHash(of: try ImageFile.read(path: files[at]).image)
            count += 1
          }
          return count
        }
      }
      return try await group.reduce(0, +)
    }
    print(
      String(
        format: "  hashing: %.0f images/s; imagededup's: %@",
        Double(hashes) / seconds(since: start), try script(["hash", folder])))
  }

  private static func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { "\(folder)/\($0)" }
  }

  /// What the script prints: one line.
  private static func script(_ arguments: [String]) throws -> String {
    guard let python = ProcessInfo.processInfo.environment["EASEL_BENCH_DEDUP"] else { return "not here" }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments =
      [FileManager.default.currentDirectoryPath + "/Benchmarks/Sources/benchmarks/duplicates.py"] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func seconds(since start: ContinuousClock.Instant) -> Double {
    let took = start.duration(to: .now).components
    return Double(took.seconds) + Double(took.attoseconds) * 1e-18
  }

  /// The most memory that this process has had, in bytes.
  private static func peak() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int(usage.ru_maxrss) << 10
  }
}
