import ArgumentParser
import Dataset
import Foundation
import Tensors
import Terminal
import Train

/// `easel benchmark`.
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Measure how long a training step takes on this machine.",
    usage: """
      easel benchmark [--model MODEL] [--size 256] [--batch 1] [--precision bf16]
      easel benchmark --batch 1 4 8 --precision fp32 tf32 bf16 --both
      """,
    discussion: """
      The step trains on random images; nothing is read or written. TFLOP/s counts the convolutions and linear layers of \
      the published networks, six passes of generators and six of discriminators with their gradients. Images are those of both \
      domains. memory is the most that the GPU, or on the processor this program, has used.
      """)

  @Option(
    parsing: .upToNextOption,
    help: "ugatit, ugatit-light, photo2cartoon or photo2cartoon-full; several are allowed.",
    transform: parseModel)
  var model: [Architecture.Model] = [.ugatitLight]
  @Option(parsing: .upToNextOption, help: "The side of the images in pixels; several are allowed.")
  var size: [Int] = [256]
  @Option(help: "The number of channels in the first layer (default: the published one).") var width: Int?
  @Option(parsing: .upToNextOption, help: "The images of each domain in a step; several are allowed.")
  var batch: [Int] = [1]
  @Option(
    parsing: .upToNextOption,
    help: "fp32, tf32, bf16 or fp16; several are allowed (default: the fastest that trains well).")
  var precision: [String] = []
  @Option(help: "auto, cpu, cuda or cuda:n.") var device = "auto"
  @Option(help: "The number of timed steps, after some that are not timed.") var steps = 20
  @Option(help: "Start no measurement after this many seconds.") var seconds: Double?
  @Flag(help: "Do not use a CUDA graph.") var eager = false
  @Flag(help: "Measure with a CUDA graph and without it.") var both = false
  @Flag(help: "Print one JSON object a line.") var json = false
  @Option(name: .shortAndLong, help: "How many threads to use on the processor (default: one a core).")
  var jobs: Int?

  func validate() throws {
    for side in size {
      if let problem = Architecture(.ugatitLight, side: side, width: width).problem {
        throw ValidationError(problem)
      }
    }
    if let batch = batch.first(where: { !(1...1024).contains($0) }) {
      throw ValidationError("--batch must be from 1 to 1024, not \(batch)")
    }
    if let name = precision.first(where: { Precision(rawValue: $0) == nil }) {
      throw ValidationError(
        "--precision must be \(Precision.allCases.map(\.rawValue).joined(separator: ", ")), not '\(name)'")
    }
    if !(1...100_000).contains(steps) { throw ValidationError("--steps must be from 1 to 100000") }
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs must be from 1 to 1024") }
    if eager && both { throw ValidationError("give --eager or --both, not both") }
  }

  func run() throws {
    let device = try Device(named: device)
    try Torch.setThreads(jobs ?? ProcessInfo.processInfo.activeProcessorCount)
    try Torch.setDeterministic(false)
    let start = ContinuousClock.now
    var table = TextTable([
      "model", "side", "batch", "precision", "graph", "ms a step", "fastest", "images/s", "TFLOP/s",
      "of peak",
      "memory", "hours for 100,000 steps",
    ])
    if device != .cpu, let reason = device.reasonAgainstKernels() {
      Console.say("benchmark: slower than it could be: \(reason)")
    }
    var failed = false
    configurations: for configuration in try configurations(on: device) {
      if let seconds, start.duration(to: .now) > .seconds(seconds) { break configurations }
      let result = StepBenchmark(
        configuration.architecture, batch: configuration.batch, mode: configuration.mode, device: device,
        steps: steps)
      failed = failed || result.error != nil
      if json {
        printJSON(result)
      } else {
        Console.say(line(result))
        table.add(cells(result))
      }
    }
    if !json { Console.print(table.text) }
    if failed { throw ExitStatus.failure }
  }

  private typealias Configuration = (architecture: Architecture, batch: Int, mode: StepMode)

  private func configurations(on device: Device) throws -> [Configuration] {
    let precisions =
      try precision.isEmpty
      ? [Precision.fastest(on: device)] : precision.compactMap { Precision(rawValue: $0) }
    var all: [Configuration] = []
    for model in model {
      for side in size {
        for batch in batch {
          for precision in precisions {
            for usesGraph in device == .cpu ? [false] : both ? [true, false] : [!eager] {
              all.append(
                (
                  Architecture(model, side: side, width: width), batch,
                  StepMode(precision, usesGraph: usesGraph)
                ))
            }
          }
        }
      }
    }
    return all
  }

  private func line(_ result: StepBenchmark) -> String {
    let name =
      "benchmark: \(result.model), side \(result.side), batch \(result.batch), \(result.precision)"
      + (result.graph ? ", CUDA graph" : "") + " on \(result.card ?? result.device)"
    return "\(name): " + (result.error ?? String(format: "%.1f ms a step", (result.seconds ?? 0) * 1000))
  }

  private func cells(_ result: StepBenchmark) -> [String] {
    func number(_ value: Double?, _ format: String, _ factor: Double = 1) -> String {
      value.map { String(format: format, $0 * factor) } ?? "-"
    }
    return [
      result.model, "\(result.side)", "\(result.batch)", result.precision, result.graph ? "yes" : "no",
      number(result.seconds, "%.1f", 1000), number(result.fastest, "%.1f", 1000),
      number(result.imagesPerSecond, "%.1f"), number(result.teraflops, "%.2f"),
      number(result.peakShare, "%.1f %%", 100), result.memory.map { "\($0 >> 20) MiB" } ?? "-",
      result.error ?? number(result.hours, "%.1f"),
    ]
  }
}
