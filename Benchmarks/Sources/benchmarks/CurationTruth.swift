import Foundation

/// What curation makes of pictures whose truth is known: nine variants of each (copies found, false merges, originals lost,
/// leaks between train and test), damaged ones (how many the rules reject, and how many good ones), and sprites of known
/// characters (how well they are grouped; needs EASEL_MATTING).
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
    let faces = data + "/selfie2anime"
    var scripts = ["variants.py", "damage.py"].map { ($0, [faces + "/testA", faces + "/testB", "40"]) }
    if let matting = environment["EASEL_MATTING"] {
      scripts.append(("characters.py", [matting, data + "/lfw/Tony_Blair"]))
    }
    for (script, inputs) in scripts {
      let work = FileManager.default.temporaryDirectory.appendingPathComponent("easel-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: work) }
      let path = FileManager.default.currentDirectoryPath + "/Benchmarks/Sources/benchmarks/\(script)"
      let process = Process()
      process.executableURL = URL(fileURLWithPath: python)
      process.arguments = [path, try Command.easel()] + inputs + [work.path]
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        throw Command.Failure(description: "\(path) ended with status \(process.terminationStatus)")
      }
    }
  }
}
