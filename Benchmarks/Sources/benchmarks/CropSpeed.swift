import Crop
import Dataset
import Foundation
import Imaging
import Models

/// The crop stage beside its own parts, one core beside two, and the program beside what a person would write in Python.
///
/// The script does decode, detect, warp and write with the same detector and as many processes as there are cores. It needs
/// PyPI's opencv-python-headless 4.5.4 to 4.7; name a Python that has it in EASEL_BENCH_PYTHON. Easel does more than it in this: it
/// looks again at turned and doubtful faces, aligns them, and flushes every file to the disk.
enum CropSpeed {
  static func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    guard let data = environment["EASEL_TEST_DATA"] else {
      print("  skipped: EASEL_TEST_DATA does not name the test data")
      return
    }
    for detector in ["yunet", "haar"] {
      guard DetectorFiles.find(detector) != nil else {
        print("  \(detector): skipped, its model is not here")
        continue
      }
      print("  \(detector):")
      try await parts(data + "/lfw", detector)
      if let python = environment["EASEL_BENCH_PYTHON"] {
        try script(data + "/lfw", detector, python)
      } else {
        print("  no script: EASEL_BENCH_PYTHON does not name a Python with opencv-python-headless")
      }
    }
  }

  /// Where this machine has a model; of YuNet the generation that Python's OpenCV reads too.
  private enum DetectorFiles {
    @Sendable static func find(_ model: String) -> URL? {
      model == "yunet-n" ? nil : ModelStore().locate(model)
    }
  }

  /// The whole stage beside decoding and detecting alone, and two jobs beside one.
  private static func parts(_ images: String, _ detector: String) async throws {
    let inputs = PlainInputs([images])
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "easel-crop-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let catalogue = DetectorCatalogue(model: DetectorFiles.find)
    func stage(jobs: Int) async throws -> Double {
      var settings = CropSettings(domain: .a)
      settings.detector = detector
      let start = ContinuousClock.now
      _ = try await CropFolder(
        settings: settings, searchedFace: settings.minFace, size: 256, domain: .a, jobs: jobs,
        reporter: SilentReporter(), detectors: catalogue
      ).run(inputs, to: folder)
      return Command.seconds(since: start)
    }
    func alone() throws -> Double {
      let start = ContinuousClock.now
      let detector = try catalogue.detector(detector, for: .a)()
      for file in inputs.files { _ = try detector.detect(try ImageFile.read(path: file.path).image) }
      return Command.seconds(since: start)
    }
    var (whole, part, double): ([Double], [Double], [Double]) = ([], [], [])
    for round in 0..<6 {
      let (a, b, c) = (try await stage(jobs: 1), try alone(), try await stage(jobs: 2))
      guard round > 0 else { continue }
      whole.append(a)
      part.append(b)
      double.append(c)
    }
    print(
      String(
        format: "    the whole stage takes %.2f times decoding and detecting; two jobs give %.2f times one",
        median(zip(whole, part).map { $0 / $1 }), median(zip(whole, double).map { $0 / $1 })))
  }

  private static func script(_ images: String, _ detector: String, _ python: String) throws {
    // Both read the same generation of YuNet.
    let models = FileManager.default.temporaryDirectory.appendingPathComponent(
      "easel-models-\(UUID().uuidString)")
    let folder = models.path + "-crops"
    defer {
      for path in [models.path, folder] { try? FileManager.default.removeItem(atPath: path) }
    }
    try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
    var arguments = [images, folder + "/theirs"]
    if let file = detector == "yunet" ? DetectorFiles.find("yunet") : nil {
      let copy = models.appendingPathComponent(file.lastPathComponent)
      try FileManager.default.copyItem(at: file, to: copy)
      arguments.append(copy.path)
    }
    unsetenv("EASEL_MODELS")
    let script = FileManager.default.currentDirectoryPath + "/Benchmarks/Sources/benchmarks/crop.py"
    let easel = try Command.easel()
    let count = PlainInputs([images]).files.count
    var (ours, theirs): ([Double], [Double]) = ([], [])
    for round in 0..<6 {
      let pair = (
        try Command.time(
          easel,
          [
            "crop", images, "--to", folder + "/ours", "--detector", detector, "--models", models.path,
            "--quiet",
          ]), try Command.time(python, [script] + arguments)
      )
      guard round > 0 else { continue }
      ours.append(pair.0)
      theirs.append(pair.1)
    }
    report("  easel crop", ours, "script", theirs, unit: "s")
    print(
      String(
        format: "    %d images of 250 x 250 to crops of 256 x 256: %.1f and %.1f images/s", count,
        Double(count) / median(ours), Double(count) / median(theirs)))
  }
}

/// The memory of `easel crop` with a thousand and with ten thousand photographs.
enum CropMemory {
  static func run() throws {
    guard let data = ProcessInfo.processInfo.environment["EASEL_TEST_DATA"] else {
      print("  skipped: EASEL_TEST_DATA does not name the test data")
      return
    }
    let files = PlainInputs([data + "/lfw"]).files.map(\.path)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "easel-memory-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for count in [1000, 10_000] {
      let photos = folder.appendingPathComponent("photos-\(count)")
      try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
      for number in 0..<count {
        // What follows a JPEG's end is no part of the picture but makes it another file.
        var bytes = try Data(contentsOf: URL(fileURLWithPath: files[number % files.count]))
        bytes.append(contentsOf: "\(number)".utf8)
        try bytes.write(to: photos.appendingPathComponent("\(number).jpg"))
      }
      let settings = folder.appendingPathComponent("\(count).yaml")
      let text = """
        name: memory
        output: \(folder.path)/out-\(count)
        domains:
          A:
            sources:
              - photos: \(photos.path)
          B:
            sources:
              - screenshots: \(data)/anime-frames
        """
      try Data(text.utf8).write(to: settings)
      var memory = 0
      let seconds = try Command.time(
        Command.easel(), ["crop", "--config", settings.path, "--quiet"], memory: &memory)
      print(
        String(
          format: "  %d photographs: %d MB at most, %.1f images/s", count, memory / 1_000_000,
          Double(count) / seconds))
    }
  }
}
