import Foundation

/// The measures of `easel curate` against damage of known size: how often each is monotonic, and the area under the curve
/// for telling damaged from not.
///
/// Selfies and anime faces are blurred, smeared, compressed, dimmed, brightened, enlarged and torn by a script, which
/// needs PyPI's opencv-python-headless; name a Python that has it in EASEL_BENCH_PYTHON.
enum QualityTruth {
  static func run() throws {
    let environment = ProcessInfo.processInfo.environment
    guard let data = environment["EASEL_TEST_DATA"], let python = environment["EASEL_BENCH_PYTHON"] else {
      print("  skipped: EASEL_TEST_DATA names the test data, EASEL_BENCH_PYTHON a Python with OpenCV")
      return
    }
    let script = FileManager.default.currentDirectoryPath + "/Benchmarks/Sources/benchmarks/quality.py"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [
      script, try Command.easel(), data + "/selfie2anime/trainA", data + "/selfie2anime/trainB", "60",
    ]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Command.Failure(description: "\(script) ended with status \(process.terminationStatus)")
    }
  }
}
