import Foundation
import Imaging
import TestSupport
import Testing
import WeightFiles

#if canImport(Glibc)
  import Glibc
#endif

/// Trainings of two processes of easel-train, which meet over the loopback network.
@Suite struct ManyProcessesTests {
  private let bench: Workbench
  private let easel = Program("easel")

  /// A dataset of noise.
  init() throws {
    bench = try Workbench()
    var random = SplitMix64(state: 1)
    for (folder, count) in [("trainA", 5), ("trainB", 4), ("testA", 2), ("testB", 2)] {
      for root in ["set", "other"] {
        try FileManager.default.createDirectory(
          at: bench.folder.appending("\(root)/\(folder)"), withIntermediateDirectories: true)
      }
      for number in 0..<count {
        let bytes = (0..<32 * 32 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        let png = try ImageBuffer(width: 32, height: 32, format: .rgb, bytes: bytes).png()
        try bench.write(png, to: "set/\(folder)/\(number).png")
        try bench.write(png, to: "other/\(folder)/\(number)-other.png")
      }
    }
  }

  private func arguments(_ run: String, steps: Int, dataset: String = "set", _ more: [String]) -> [String] {
    [
      "train", dataset, "--to", run, "--steps", "\(steps)", "--jobs", "1", "--device", "cpu", "--size", "32",
      "--set", "train.width=4", "--set", "train.save-every=5", "--set", "train.decay=false",
    ] + more
  }

  /// Starts two ranks with the arguments of each.
  private func start(_ arguments: [[String]], seconds: Int = 60) throws -> [Program.Running] {
    let port = freePort()
    return try arguments.enumerated().map { rank, arguments in
      try easel.start(
        arguments, in: bench.folder.url,
        environment: [
          "RANK": "\(rank)", "WORLD_SIZE": "2", "LOCAL_RANK": "\(rank)", "MASTER_ADDR": "127.0.0.1",
          "MASTER_PORT": "\(port - 1)", "EASEL_RANK_TIMEOUT": "\(seconds)",
        ])
    }
  }

  /// Runs two ranks with the same arguments to their end.
  private func train(_ run: String, steps: Int, _ more: [String] = []) throws -> [Program.Result] {
    let arguments = arguments(run, steps: steps, more)
    return try start([arguments, arguments]).map { try $0.end() }
  }

  private func checkpoint(_ run: String, _ step: Int) -> URL {
    bench.folder.appending("\(run)/checkpoints/step-\(String(format: "%06d", step)).safetensors")
  }

  private func waitForCheckpoint(_ run: String, _ step: Int, of ranks: [Program.Running]) {
    while ranks.allSatisfy(\.isRunning), !FileManager.default.fileExists(atPath: checkpoint(run, step).path) {
      usleep(5000)
    }
  }

  @Test("Two processes train as one with a batch twice as large, and only rank 0 writes and speaks")
  func twoProcesses() throws {
    let whole = try easel.run(
      arguments("whole", steps: 5, ["--set", "train.batch=2"]), in: bench.folder.url)
    #expect(whole.status == 0, "\(whole.talk)")
    let results = try train("parts", steps: 5)
    #expect(results.map(\.status) == [0, 0], "\(results.map(\.talk))")
    #expect(results[0].talk.contains("2 processes"))
    #expect(results[1].talk == "" && results[1].output == "")
    let (one, other) = try (
      Safetensors(contentsOf: checkpoint("whole", 5)), Safetensors(contentsOf: checkpoint("parts", 5))
    )
    #expect(one.tensors.keys == other.tensors.keys)
    var (near, count) = (0, 0)
    for (key, tensor) in one.tensors where key.hasPrefix("gen") || key.hasPrefix("dis") {
      let (first, second) = (floats(tensor), floats(try #require(other.tensors[key])))
      near += zip(first, second).reduce(0) { $0 + (abs($1.0 - $1.1) <= 1e-5 ? 1 : 0) }
      count += first.count
    }
    // Adam moves the smallest gradients, which are rounding, by the full rate either way: 0.4 % of the weights. With other
    // images most weights would differ; in float64 all steps are equal (RankStepTests).
    #expect(Double(near) >= 0.99 * Double(count), "\(near) of \(count)")
    let losses = try ["whole", "parts"].map { run in
      try String(contentsOf: bench.folder.appending("\(run)/log.jsonl"), encoding: .utf8)
        .split(separator: "\n").map { try JSONDecoder().decode(Entry.self, from: Data($0.utf8)).losses }
    }
    #expect(losses.map(\.count) == [5, 5])
    for (first, second) in zip(losses[0], losses[1]) {
      #expect(first.keys == second.keys)
      for (name, value) in first {
        #expect(abs((second[name] ?? .nan) - value) <= 1e-3 * max(1, abs(value)), "\(name)")
      }
    }

    let alone = try easel.run(arguments("parts", steps: 6, []), in: bench.folder.url)
    #expect(alone.status == 0)
    #expect(alone.talk.contains("trained with 2 processes, and the run continues with 1:"))
  }

  private struct Entry: Decodable {
    var losses: [String: Double]
  }

  private func floats(_ tensor: StoredTensor) -> [Float] {
    tensor.bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
    }
  }

  @Test(
    "If a process is killed or suspended, the other ends within a minute with a sentence, and a restart continues",
    arguments: [(1, SIGKILL), (0, SIGKILL), (1, SIGSTOP)])
  func lostProcess(rank: Int, signal: Int32) throws {
    let more = ["--set", "train.ema=0.9", "--set", "train.exchange=bf16"]
    let unbroken = try train("whole", steps: 20, more)
    #expect(unbroken.map(\.status) == [0, 0], "\(unbroken.map(\.talk))")
    // The weights of both processes are compared whenever they are saved.
    #expect(!unbroken[0].talk.contains("differ"))

    let arguments = arguments("broken", steps: 20, more)
    let processes = try start([arguments, arguments])
    waitForCheckpoint("broken", 10, of: processes)
    processes[rank].send(signal)
    let other = processes[1 - rank]
    other.wait(atMost: 60)
    #expect(!other.isRunning)
    other.send(SIGKILL)
    processes[rank].send(SIGKILL)
    let result = try other.end()
    _ = try processes[rank].end()
    #expect(result.status == 1, "\(result.talk)")
    #expect(result.talk.contains("error: rank \(rank) no longer answers"), "\(result.talk)")
    let again = try train("broken", steps: 20, more)
    #expect(again.map(\.status) == [0, 0], "\(again.map(\.talk))")
    #expect(try Data(contentsOf: checkpoint("broken", 20)) == Data(contentsOf: checkpoint("whole", 20)))
  }

  @Test("If one process is stopped, all stop after the same step, which is saved", arguments: [0, 1])
  func stoppedProcess(rank: Int) throws {
    let arguments = arguments("run", steps: 100_000, ["--set", "train.keep=100"])
    let processes = try start([arguments, arguments])
    waitForCheckpoint("run", 5, of: processes)
    processes[rank].send(SIGTERM)
    for process in processes { process.wait(atMost: 60) }
    let results = try processes.map { process in
      process.send(SIGKILL)
      return try process.end()
    }
    #expect(results.map(\.status) == [130, 130], "\(results.map(\.talk))")
    let log = try String(contentsOf: bench.folder.appending("run/log.jsonl"), encoding: .utf8)
    let steps = log.split(separator: "\n").count
    #expect(FileManager.default.fileExists(atPath: checkpoint("run", steps).path), "\(steps)")
  }

  @Test("Processes with different images or settings are refused by rank") func differentStart() throws {
    for (other, words) in [
      (arguments("run", steps: 5, dataset: "other", []), "rank 1 has other training images than rank 0"),
      (
        arguments("run", steps: 5, ["--set", "train.r1=2"]),
        "rank 1 has other settings than rank 0: r1: 0 -> 2 instead of the defaults"
      ),
    ] {
      let results = try start([arguments("run", steps: 5, []), other]).map { try $0.end() }
      #expect(results.map(\.status) == [1, 1])
      for result in results { #expect(result.talk.contains(words), "\(result.talk)") }
    }
  }

  @Test("If one process cannot start, the other ends with its reason") func failedStart() throws {
    let results = try start([
      arguments("run", steps: 5, []), arguments("run", steps: 5, dataset: "nowhere", []),
    ]).map { try $0.end() }
    #expect(results.map(\.status) == [1, 1])
    #expect(results[0].talk.contains("the training ended because rank 1 ended: "), "\(results[0].talk)")
    #expect(results[0].talk.contains("nowhere"))
  }
}
