import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct CommandLineTests {
  @Test("The help lists the commands of the README") func helpListsCommands() throws {
    let result = try Program("easel").run(["--help"])
    #expect(result.status == 0)
    for command in [
      "init", "capture", "run", "crop", "mask", "edits", "curate", "report", "review", "export", "train",
      "translate",
      "evaluate", "export-weights", "benchmark", "check-device", "models", "doctor",
    ] {
      #expect(result.output.contains("  \(command) "), "\(command) is missing")
    }
  }

  @Test("easel forwards training commands to easel-train", arguments: ["train", "translate", "evaluate"])
  func trainerHelp(command: String) throws {
    let through = try Program("easel").run([command, "--help"])
    let direct = try Program("easel-train").run([command, "--help"])
    #expect(through.status == 0 && through.output == direct.output && direct.output.contains("OVERVIEW"))
  }

  @Test(
    "Wrong usage exits with 64 and writes nothing",
    arguments: [
      ["no-such-command"], ["crop", "a.jpg"], ["crop", "--to", "x"], ["run", "--jobs", "0"],
      ["crop", "a.jpg", "--to", "x", "--min-face=-5"],
      ["mask", "a", "--to", "b", "--method", "magic"], ["train", "folder"],
      ["translate", "a", "--to", "b", "--direction", "up"],
    ])
  func wrongUsage(arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let result = try Program("easel").run(arguments, in: folder.url)
    #expect(result.status == 64, "\(result.talk)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  @Test("init writes a file that run reads, and never overwrites one") func initFile() throws {
    let bench = try Workbench()
    #expect(try bench.run("init").status == 0)
    let again = try bench.run("init")
    #expect(again.status == 64 && again.talk.contains("already exists"))
    let run = try bench.run("run", "--set", "domains.A.sources=[{photos: nowhere}]")
    #expect(run.status == 1 && run.talk.contains("nowhere"))
    #expect(!FileManager.default.fileExists(atPath: bench.folder.appending("build").path))
  }

  @Test("An unknown key is reported with its line and the nearest known key") func unknownKey() throws {
    let bench = try Workbench()
    try bench.write("name: x\noutput: out\ncurate:\n  splitt: { test: 1 }\n", to: "datasets.yaml")
    let result = try bench.run("run")
    #expect(result.status == 1)
    #expect(result.talk.contains("datasets.yaml:4") && result.talk.contains("'split'"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.url.path) == ["datasets.yaml"])
  }

  @Test("A folder with other files is refused as output") func foreignFolder() throws {
    let bench = try Workbench()
    try FileManager.default.createDirectory(at: bench.output, withIntermediateDirectories: true)
    try bench.write("mine", to: "out/thesis.tex")
    try bench.write([0x89], to: "a.png")
    let result = try bench.run("curate", "a.png", "--to", "out")
    #expect(result.status == 1 && result.talk.contains("choose an empty or new folder"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: bench.output.path) == ["thesis.tex"])
  }

  @Test("A dry run writes nothing") func dryRun() throws {
    let bench = try Workbench()
    let photos = bench.folder.appending("photos")
    try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
    for seed in 1...3 as ClosedRange<UInt64> {
      var random = SplitMix64(state: seed)
      let bytes = (0..<64 * 64 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
      let image = ImageBuffer(width: 64, height: 64, format: .rgb, bytes: bytes)
      try bench.write(image.png(), to: "photos/\(seed).png")
    }
    try FileManager.default.createDirectory(
      at: bench.folder.appending("shots"), withIntermediateDirectories: true)
    try bench.write(
      "output: out\nsize: 64\ndomains:\n  A: { sources: [{ photos: photos }] }\n  B: { sources: [{ screenshots: shots }] }\n",
      to: "datasets.yaml")
    // The images are noise, which the default rules reject.
    try bench.write("curate: { keep-if: { noise: any } }\n", to: "rules.yaml")
    func dryRuns(_ state: String) throws {
      let before = try bench.files(of: bench.folder.url)
      for command in ["run", "crop", "mask", "curate", "report"] {
        let result = try bench.run(command, "--dry-run")
        #expect((0...2).contains(result.status), "\(command) \(state): \(result.talk)")
        #expect(try bench.files(of: bench.folder.url) == before, "\(command) \(state)")
      }
    }
    try dryRuns("before there is anything")
    #expect(!FileManager.default.fileExists(atPath: bench.output.path))
    let made = try bench.run("curate", "photos", "--to", "out", "--size", "64", "--config", "rules.yaml")
    #expect(made.status == 0 || made.status == 2, "\(made.talk)")
    try dryRuns("on a dataset")
  }

  @Test("`curate IN --to` follows --set, and its summary counts files that could not be used")
  func curateFolder() throws {
    let bench = try Workbench()
    try FileManager.default.createDirectory(
      at: bench.folder.appending("photos"), withIntermediateDirectories: true)
    for seed in 1...4 as ClosedRange<UInt64> {
      var random = SplitMix64(state: seed)
      let bytes = (0..<96 * 96 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
      let image = ImageBuffer(width: 96, height: 96, format: .rgb, bytes: bytes)
      try bench.write(image.png(), to: "photos/\(seed).png")
    }
    try bench.write("not an image", to: "photos/broken.jpg")
    // The images are noise, which the default rules reject.
    let usual = try bench.run("curate", "photos", "--to", "usual", "--size", "64")
    #expect(usual.status == 1 && usual.talk.contains("noisy"), "\(usual.talk)")
    func curate() throws -> [String: any Sendable] {
      let result = try bench.run(
        "curate", "photos", "--to", "out", "--set", "size=64", "--set", "curate.keep-if={noise: any}",
        "--json")
      #expect(result.status == 2, "\(result.talk)")
      return try #require(result.events.last { $0["event"] as? String == "summary" })
    }
    let first = try curate()
    #expect(first["done"] as? Int == 4 && first["failed"] as? Int == 1)
    let again = try curate()
    #expect(again["unchanged"] as? Int == 4 && again["failed"] as? Int == 1)
    let kept = try FileManager.default.contentsOfDirectory(
      atPath: bench.output.appendingPathComponent("trainA").path)
    #expect(!kept.isEmpty)
    for name in kept {
      let image = try ImageFile.read(bench.output.appendingPathComponent("trainA/\(name)")).image
      #expect(image.size == PixelSize(width: 64, height: 64))
    }
  }

  @Test("Training needs no sources in datasets.yaml") func trainWithoutSources() throws {
    let bench = try Workbench()
    for folder in ["trainA", "trainB"] {
      try FileManager.default.createDirectory(
        at: bench.folder.appending("data/\(folder)"), withIntermediateDirectories: true)
      let image = ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [9, 20, 90])
      try bench.write(image.png(), to: "data/\(folder)/1.png")
    }
    try bench.write("train: { steps: 3, width: 4, size: 64 }\n", to: "datasets.yaml")
    let train = try bench.run("train", "data", "--to", "run", "--dry-run")
    #expect(train.status == 0, "\(train.talk)")
    let crop = try bench.run("crop")
    #expect(crop.status == 1 && crop.talk.contains("domains.A has no sources"))
  }

  @Test("models lists each file with its address and SHA-256") func modelList() throws {
    let folder = try TemporaryFolder()
    let result = try Program("easel").run(["models", "--json", "--models", folder.url.path])
    #expect(result.status == 0)
    let names = result.events.compactMap { $0["name"] as? String }
    #expect(Set(["yunet", "animeface", "sinet", "haar"]).isSubset(of: names))
    for model in result.events {
      let files = try #require(model["files"] as? [[String: any Sendable]])
      #expect(files.allSatisfy { ($0["sha256"] as? String)?.count == 64 && $0["address"] is String })
    }
    let unknown = try Program("easel").run(["models", "fetch", "yunett"])
    #expect(unknown.status == 1 && unknown.talk.contains("yunet"))
  }

  @Test("Each program links its own engine only") func linkedEngines() throws {
    for (program, foreign) in [("easel", ["libtorch", "libc10"]), ("easel-train", ["libopencv"])] {
      let bytes = try Data(contentsOf: Program(program).url, options: .alwaysMapped)
      for name in foreign {
        // A needed library is in the string table with its version suffix.
        #expect(
          bytes.range(of: Data("\(name)_cpu.so".utf8)) == nil
            && bytes.range(of: Data("\(name)_core.so".utf8)) == nil)
        #expect(bytes.range(of: Data("\(name).so".utf8)) == nil, "\(program) names \(name)")
      }
    }
  }
}
