import Foundation
import TestSupport
import Testing

/// Kills `easel run` at random moments; the dataset must be byte for byte equal to that of an uninterrupted run.
struct KilledRuns {
  /// The settings of a small dataset from the sample images.
  static let settings = """
    name: soak
    output: out
    size: 64
    domains:
      A: { sources: [{ photos: photos }], crop: { min-face: 40 } }
      B: { sources: [{ sprites: sprites }], crop: { min-face: 40 } }
    curate: { split: { test: 1, seed: 0 } }
    """

  /// The files of the uninterrupted run's dataset.
  let dataset: [String: Data]

  init() throws {
    let bench = try Self.bench()
    let result = try bench.run("run", "--quiet")
    try #require([0, 2].contains(result.status), "\(result.talk)")
    dataset = try Self.result(of: bench)
    try #require(dataset.count > 10)
  }

  /// The files of a dataset, without the two that depend on its path: the settings contain the output folder, and the report
  /// links to the sources relative to it.
  static func result(of bench: Workbench) throws -> [String: Data] {
    try bench.dataset().filter { $0.key != "settings.yaml" && $0.key != "report/index.html" }
  }

  /// A folder with ten photos, six sprites and the settings.
  static func bench() throws -> Workbench {
    let bench = try Workbench()
    for (name, count) in [("photos", 10), ("sprites", 6)] {
      let source = Soak.samples.appendingPathComponent(name)
      let target = bench.folder.appending(name)
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      for file in try FileManager.default.contentsOfDirectory(atPath: source.path).sorted().prefix(count) {
        try FileManager.default.copyItem(
          at: source.appendingPathComponent(file), to: target.appendingPathComponent(file))
      }
    }
    try bench.write(settings, to: "datasets.yaml")
    return bench
  }

  func round(_ random: inout SplitMix64, _ counts: inout [String: Int]) throws {
    let bench = try Self.bench()
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      let signal = Soak.signals.randomElement(using: &random) ?? SIGKILL
      let result = try bench.easel.run(
        ["run", "--quiet"], in: bench.folder.url, killAfter: .random(in: 0.05...4, using: &random),
        with: signal)
      let crashes = [SIGSEGV, SIGILL, SIGABRT, SIGBUS, SIGTRAP].map { 128 + $0 }
      #expect(!crashes.contains(result.status), "easel run ended with \(result.status): \(result.talk)")
      counts["runs ended by a signal", default: 0] += result.status == 0 || result.status == 2 ? 0 : 1
    }
    let last = try bench.run("run", "--quiet")
    #expect([0, 2].contains(last.status), "\(last.talk)")
    let files = try Self.result(of: bench)
    #expect(Set(files.keys) == Set(dataset.keys))
    #expect(
      dataset.allSatisfy { files[$0.key] == $0.value }, "the dataset differs from that of an unbroken run")
    counts["datasets finished after kills", default: 0] += 1
  }
}
