import Foundation
import Tensors

@testable import Train

/// One training step beside the published order of work, written plainly with the same operators.
///
/// U-GAT-IT light at 256, batch 1, unless EASEL_BENCH_SIDE says another side; both on the same libtorch and threads.
enum StepSpeed {
  static func run() throws {
    let side = ProcessInfo.processInfo.environment["EASEL_BENCH_SIDE"].flatMap { Int($0) } ?? 256
    let threads = ProcessInfo.processInfo.activeProcessorCount
    try Torch.setThreads(threads)
    let architecture = Architecture(.ugatitLight, side: side)
    let generator = try RandomGenerator(seed: 1)
    let pair = try ImagePair(
      realA: generator.uniform([1, 3, side, side], in: -1..<1),
      realB: generator.uniform([1, 3, side, side], in: -1..<1))
    let plain = try PublishedOrder(NetworkSet(architecture, seed: 1), weights: LossWeights())
    var half = StepSettings()
    half.precision = .bfloat16
    let exact = try TrainingStep(NetworkSet(architecture, seed: 1), settings: StepSettings())
    let fast = try TrainingStep(NetworkSet(architecture, seed: 1), settings: half)
    print("  U-GAT-IT light, side \(side), batch 1, \(threads) threads, libtorch \(Torch.version)")
    var (fp32, bf16, published): ([Double], [Double], [Double]) = ([], [], [])
    for round in 0..<4 {
      let times = (
        try seconds { _ = try exact([pair], rate: 1e-4) }, try seconds { _ = try fast([pair], rate: 1e-4) },
        try seconds { _ = try plain(pair, rate: 1e-4) }
      )
      // The first round fills caches and lets oneDNN choose.
      if round > 0 {
        fp32.append(times.0)
        bf16.append(times.1)
        published.append(times.2)
      }
    }
    report("fp32 step", fp32, "published order", published, unit: "s")
    report("bf16 step", bf16, "published order", published, unit: "s")
  }

  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    let took = start.duration(to: .now).components
    return Double(took.seconds) + Double(took.attoseconds) * 1e-18
  }
}
