import Foundation
import Glibc
import Train

/// `easel train` as a person runs it: its start, its steps, its memory, its loader, and UGATIT-pytorch beside it.
///
/// U-GAT-IT light at 256, batch 1, unless EASEL_BENCH_SIDE says another side. UGATIT-pytorch runs where EASEL_BENCH_UGATIT names its
/// checkout and EASEL_BENCH_TORCH a Python with torch and torchvision.
enum TrainingSpeed {
  static func run() throws {
    let environment = ProcessInfo.processInfo.environment
    guard let data = environment["EASEL_TEST_DATA"] else {
      print("  skipped: EASEL_TEST_DATA does not name the test data")
      return
    }
    let dataset = URL(fileURLWithPath: data + "/selfie2anime")
    let side = environment["EASEL_BENCH_SIDE"].flatMap { Int($0) } ?? 256
    let loaded = try loader(dataset, side: side)
    let exact = try training(dataset, side: side, precision: "fp32")
    let half = try training(dataset, side: side, precision: "bf16")
    for (name, run) in [("fp32", exact), ("bf16", half)] {
      print(
        String(
          format: "  %@: the first step begins after %.1f s; %.2f s a step, %d MiB at most; "
            + "the loader is %.0f times as fast as the step needs", name, run.start, run.step, run.memory,
          loaded * run.step / 2))
    }
    guard let checkout = environment["EASEL_BENCH_UGATIT"], let python = environment["EASEL_BENCH_TORCH"]
    else {
      print("  no UGATIT-pytorch: EASEL_BENCH_UGATIT and EASEL_BENCH_TORCH do not name it and its Python")
      return
    }
    let published = try published(checkout, python, dataset, side: side)
    print(
      String(
        format: "  UGATIT-pytorch: %.2f s a step, %d MiB at most; fp32 is %.2f, bf16 %.2f times as fast",
        published.step, published.memory, published.step / exact.step, published.step / half.step))
  }

  /// Images a second that one thread makes, once all are decoded.
  private static func loader(_ dataset: URL, side: Int) throws -> Double {
    var options = TrainingData.Options()
    options.side = side
    let data = try TrainingData(dataset, options: options)
    let count = max(data.count(.a), data.count(.b))
    func pass(_ number: Int) throws -> Double {
      let start = ContinuousClock.now
      for batch in number * count..<(number + 1) * count { _ = try data.batch(batch) }
      return Double(2 * count) / Command.seconds(since: start)
    }
    let (first, second) = (try pass(0), try pass(1))
    print(
      String(
        format: "  the loader alone, one thread: %.0f images/s while it decodes, %.0f images/s from memory",
        first, second))
    return second
  }

  private struct Run {
    /// Seconds from the program's start to the beginning of its first step.
    var start = 0.0
    /// Seconds a step, the first left out: it fills caches.
    var step: Double
    /// MiB at most.
    var memory: Int
  }

  private struct Entry: Decodable {
    var seconds: Double
    var memory: Int
  }

  private static func training(_ dataset: URL, side: Int, precision: String) throws -> Run {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "easel-train-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try Command.easel("easel-train"))
    process.arguments =
      ["train", dataset.path, "--to", "run", "--size", "\(side)", "--model", "ugatit-light"]
      + ["--precision", precision, "--quiet"]
    // Away from any settings file.
    process.currentDirectoryURL = folder
    let begun = ContinuousClock.now
    try process.run()
    defer { kill(process.processIdentifier, SIGKILL) }
    let log = folder.appendingPathComponent("run/log.jsonl")
    var (firstEnded, lines): (Double?, [Substring]) = (nil, [])
    while process.isRunning, lines.count < 5 {
      usleep(5000)
      lines = ((try? String(contentsOf: log, encoding: .utf8)) ?? "").split(separator: "\n")
      if !lines.isEmpty { firstEnded = firstEnded ?? Command.seconds(since: begun) }
    }
    guard lines.count >= 5, let firstEnded else {
      throw Command.Failure(description: "easel-train ended with status \(process.terminationStatus)")
    }
    let entries = try lines.prefix(5).map { try JSONDecoder().decode(Entry.self, from: Data($0.utf8)) }
    return Run(
      start: firstEnded - entries[0].seconds, step: median(entries.dropFirst().map(\.seconds)),
      memory: entries.map(\.memory).max() ?? 0)
  }

  private static func published(
    _ checkout: String, _ python: String, _ dataset: URL, side: Int
  ) throws -> Run {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "ugatit.py")
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments =
      [
        script.path, checkout, dataset.path, "\(side)", "4",
        "\(ProcessInfo.processInfo.activeProcessorCount)",
      ]
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    // Its own lines: [    2/    4] time: 123.4567 d_loss: ..., the time since training began.
    let times = text.split(separator: "\n").compactMap { line in
      line.split(separator: "time: ").last.flatMap { $0.split(separator: " ").first.flatMap { Double($0) } }
    }
    let memory = text.split(separator: "\n").last.flatMap {
      $0.split(separator: " ").last.flatMap { Int($0) }
    }
    guard times.count == 4, let memory else {
      throw Command.Failure(description: "UGATIT-pytorch told no times: \(text.suffix(300))")
    }
    return Run(step: median(zip(times.dropFirst(), times).map { $0 - $1 }), memory: memory)
  }
}
