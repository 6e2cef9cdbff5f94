import Foundation

/// What curation makes of pictures whose truth is known: nine variants of each (copies found, false merges, originals lost,
/// leaks between train and test), and damaged ones (how many the rules reject, and how many good ones).
///
/// The scripts need numpy and Pillow; name a Python that has them in EASEL_BENCH_PYTHON. The limits were chosen on trainA and
/// trainB; these are testA and testB.
enum CurationTruth {
  static func run() throws {
    let environment = ProcessInfo.processInfo.environment
    guard let data = environment["EASEL_TEST_DATA"], let python = environment["EASEL_BENCH_PYTHON"] else {
      print(
        "  skipped: EASEL_TEST_DATA names the test data, EASEL_BENCH_PYTHON a Python with numpy and Pillow")
      return
    }
    for script in ["variants.py", "damage.py"] {
      let work = FileManager.default.temporaryDirectory.appendingPathComponent("easel-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: work) }
      let path = FileManager.default.currentDirectoryPath + "/Benchmarks/Sources/benchmarks/\(script)"
      let process = Process()
      process.executableURL = URL(fileURLWithPath: python)
      process.arguments = [
        path, try Command.easel(), data + "/selfie2anime/testA", data + "/selfie2anime/testB", "40",
        work.path,
      ]
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        throw Command.Failure(description: "\(path) ended with status \(process.terminationStatus)")
      }
    }
  }
}
