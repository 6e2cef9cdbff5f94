import Foundation

/// `easel gather` with 10,000 and 100,000 samples that are made by repeating and altering a small dataset: seconds, processor
/// time for each sample, and memory.
///
/// The script needs numpy; name a Python that has it in EASEL_BENCH_PYTHON. EASEL_BENCH_SAMPLES are other numbers of samples,
/// with spaces between.
enum GatherSpeed {
  static func run() throws {
    let environment = ProcessInfo.processInfo.environment
    guard let data = environment["EASEL_TEST_DATA"], let python = environment["EASEL_BENCH_PYTHON"] else {
      print("  skipped: EASEL_TEST_DATA names the test data, EASEL_BENCH_PYTHON a Python with numpy")
      return
    }
    let counts = (environment["EASEL_BENCH_SAMPLES"] ?? "10000 100000").split(separator: " ").map(String.init)
    let work = FileManager.default.temporaryDirectory.appendingPathComponent("easel-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: work) }
    let script = FileManager.default.currentDirectoryPath + "/Benchmarks/Sources/benchmarks/scale.py"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments =
      [script, try Command.easel(), data + "/selfie2anime/testA", data + "/selfie2anime/testB", work.path]
      + counts
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Command.Failure(description: "\(script) ended with status \(process.terminationStatus)")
    }
  }
}
