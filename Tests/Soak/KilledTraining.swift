import Foundation
import Imaging
import TestSupport
import Testing

/// Kills `easel train` at random moments; the last checkpoint must be bit for bit equal to that of an uninterrupted run.
struct KilledTraining {
  /// The folder of the uninterrupted run, `run`, and of its images, `set`.
  let unbroken: Workbench

  init() throws {
    unbroken = try Workbench()
    var random = SplitMix64(state: 1)
    for (folder, count) in [("trainA", 3), ("trainB", 3), ("testA", 2), ("testB", 2)] {
      try FileManager.default.createDirectory(
        at: unbroken.folder.appending("set/\(folder)"), withIntermediateDirectories: true)
      for number in 0..<count {
        let bytes = (0..<32 * 32 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        let image = ImageBuffer(width: 32, height: 32, format: .rgb, bytes: bytes)
        try unbroken.write(image.png(), to: "set/\(folder)/\(number).png")
      }
    }
    let result = try train("run")
    try #require(result.status == 0, "\(result.talk)")
  }

  private func train(_ run: String, killAfter: Double? = nil, with signal: Int32 = SIGKILL) throws
    -> Program.Result
  {
    try unbroken.easel.run(
      [
        "train", "set", "--to", run, "--steps", "8", "--size", "32", "--jobs", "1", "--quiet", "--set",
        "train.width=4",
        "--set", "train.save-every=2", "--set", "train.sample-every=4",
      ], in: unbroken.folder.url, killAfter: killAfter, with: signal)
  }

  func round(_ random: inout SplitMix64, _ counts: inout [String: Int]) throws {
    let name = "killed-\(random.next())"
    defer { try? FileManager.default.removeItem(at: unbroken.folder.appending(name)) }
    for _ in 0..<3 {
      let signal = Soak.signals.randomElement(using: &random) ?? SIGKILL
      let result = try train(name, killAfter: .random(in: 0.2...6, using: &random), with: signal)
      counts["trainings ended by a signal", default: 0] += result.status == 0 ? 0 : 1
    }
    let last = try train(name)
    #expect(last.status == 0, "\(last.talk)")
    let checkpoint = "checkpoints/step-000008.safetensors"
    #expect(
      try Data(contentsOf: unbroken.folder.appending("\(name)/\(checkpoint)"))
        == Data(contentsOf: unbroken.folder.appending("run/\(checkpoint)")),
      "the weights differ from those of an unbroken run")
    counts["trainings finished after kills", default: 0] += 1
  }
}
