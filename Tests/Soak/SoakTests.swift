import Foundation
import TestSupport
import Testing

/// Random kills, damaged files and full disks for `EASEL_SOAK_MINUTES` minutes; `make soak MINUTES=n` runs it.
///
/// The rounds depend on a seed, which a failure reports; `EASEL_SOAK_SEED` runs the same rounds again.
@Suite(.enabled(if: Soak.minutes != nil, "EASEL_SOAK_MINUTES is not set"))
struct SoakTests {
  @Test("No kill, damaged file or full disk crashes Easel, hangs it or changes a result")
  func soak() throws {
    let minutes = try #require(Soak.minutes)
    let end = Date(timeIntervalSinceNow: minutes * 60)
    var random = SplitMix64(state: Soak.seed)
    var counts: [String: Int] = [:]
    let killedRuns = try KilledRuns()
    let killedTraining = try KilledTraining()
    let images = try DamagedImages()
    let weights = try DamagedWeights(run: killedTraining.unbroken)
    let disks = FullDisks(unbroken: killedRuns)
    var round = 0
    while Date() < end {
      switch round % 5 {
      case 0: try killedRuns.round(&random, &counts)
      case 1: try killedTraining.round(&random, &counts)
      case 2: try images.round(&random, &counts)
      case 3: try weights.round(&random, &counts)
      default: try disks.round(&random, &counts)
      }
      round += 1
    }
    print("Soak: \(round) rounds in \(minutes) minutes, seed \(Soak.seed)")
    for (name, count) in counts.sorted(by: { $0.key < $1.key }) { print("  \(name): \(count)") }
    #expect(round > 0)
  }
}

/// The options from the environment.
enum Soak {
  static let minutes = ProcessInfo.processInfo.environment["EASEL_SOAK_MINUTES"].flatMap(Double.init)
  static let seed =
    ProcessInfo.processInfo.environment["EASEL_SOAK_SEED"].flatMap(UInt64.init)
    ?? UInt64(Date().timeIntervalSince1970)
  /// The images that scripts/samples.sh downloads.
  static let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../build/samples").standardizedFileURL

  /// The signals that end a program: a kill, a shutdown, Ctrl-C.
  static let signals = [SIGKILL, SIGTERM, SIGINT]
}
