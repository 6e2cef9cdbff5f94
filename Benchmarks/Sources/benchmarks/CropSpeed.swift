import Foundation

/// The crop stage beside what a person would write in Python: decode, detect, warp, write.
///
/// Both use OpenCV's frontal face cascade at the same settings and as many processes or threads as there are cores. The
/// script needs PyPI's opencv-python-headless; name a Python that has it in EASEL_BENCH_PYTHON.
enum CropSpeed {
  static func run() throws {
    let environment = ProcessInfo.processInfo.environment
    guard let data = environment["EASEL_TEST_DATA"] else {
      print("  skipped: EASEL_TEST_DATA does not name the test data")
      return
    }
    guard let python = environment["EASEL_BENCH_PYTHON"] else {
      print("  skipped: EASEL_BENCH_PYTHON does not name a Python with opencv-python-headless")
      return
    }
    let images = data + "/lfw"
    let count = (FileManager.default.enumerator(atPath: images)?.allObjects ?? []).count {
      "\($0)".hasSuffix(".jpg")
    }
    let script = FileManager.default.currentDirectoryPath + "/Benchmarks/Sources/benchmarks/crop.py"
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "easel-crop-\(UUID().uuidString)"
    ).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let easel = try Command.easel()
    var (ours, theirs): ([Double], [Double]) = ([], [])
    for round in 0..<4 {
      let pair = (
        try Command.time(easel, ["crop", images, "--to", folder + "/ours", "--detector", "haar", "--quiet"]),
        try Command.time(python, [script, images, folder + "/theirs"])
      )
      if round > 0 {
        ours.append(pair.0)
        theirs.append(pair.1)
      }
    }
    report("easel crop", ours, "script", theirs, unit: "s")
    print(
      String(
        format: "  %d images of 250 x 250 to crops of 256 x 256: %.1f and %.1f images/s", count,
        Double(count) / median(ours), Double(count) / median(theirs)))
  }
}
