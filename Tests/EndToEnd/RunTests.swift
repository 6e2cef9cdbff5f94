import Foundation
import Imaging
import TestSupport
import Testing

@Suite(
  .enabled(if: TestData.images != nil && TestData.models != nil, "EASEL_TEST_DATA or EASEL_MODELS is not set")
)
struct RunTests {
  @Test("A run makes a dataset, and a second run does nothing") func wholeRun() throws {
    let bench = try Workbench.real()
    let first = try bench.run("run", "--json")
    #expect(first.status == 0 || first.status == 2, "\(first.talk)")
    let items = first.events.filter { $0["event"] as? String == "item" && $0["stage"] as? String == "crop" }
    #expect(items.count == 10 && items.allSatisfy { $0["status"] is String && $0["outputs"] is [String] })
    #expect(first.events.filter { $0["event"] as? String == "summary" }.count == 3)

    let samples = try bench.lines("metadata.jsonl")
    #expect(samples.count >= 6)
    for sample in samples {
      let name = try #require(sample["file_name"] as? String)
      let image = try ImageFile.read(bench.output.appendingPathComponent(name)).image
      #expect(image.width == 64 && image.height == 64 && image.format == .rgb)
      for key in [
        "domain", "split", "width", "height", "source", "face", "crop", "mask", "quality", "hash", "group",
        "decision",
      ] {
        #expect(sample[key] != nil, "\(name) lacks \(key)")
      }
      #expect((sample["crop"] as? [String: any Sendable])?["matrix"] as? [Double] != nil)
    }
    #expect(
      FileManager.default.fileExists(atPath: bench.output.appendingPathComponent("report/index.html").path))

    let before = try bench.dataset()
    let second = try bench.run("run")
    #expect(second.status == 0)
    for stage in ["crop: nothing to do", "mask: nothing to do", "curate: nothing to do"] {
      #expect(second.talk.contains(stage), "\(second.talk)")
    }
    #expect(try bench.dataset() == before)
  }

  @Test("Each bad file is one reported item, and the other files are processed") func badFiles() throws {
    let bench = try Workbench.real(photos: 3)
    let photo = try FileManager.default.contentsOfDirectory(atPath: bench.folder.appending("photos").path)
      .sorted()[0]
    let bytes = [UInt8](try Data(contentsOf: bench.folder.appending("photos/\(photo)")))
    try bench.write([], to: "photos/empty.jpg")
    try bench.write(Array(bytes.prefix(bytes.count / 2)), to: "photos/half.jpg")
    try bench.write("not a picture", to: "photos/notes [1] ü.jpg")
    try bench.write(bytes, to: "photos/z copy.jpg")
    // A PNG header with a size of 60,000 x 60,000 pixels.
    let bomb: [UInt8] = [
      0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0xEA, 0x60,
      0, 0,
      0xEA, 0x60, 8, 2, 0, 0, 0, 0x5C, 0x0B, 0xC3, 0x6D,
    ]
    try bench.write(bomb, to: "photos/bomb.png")
    try FileManager.default.createSymbolicLink(
      atPath: bench.folder.appending("photos/gone.jpg").path, withDestinationPath: "/nowhere/at/all.jpg")
    try FileManager.default.createSymbolicLink(
      atPath: bench.folder.appending("photos/loop").path,
      withDestinationPath: bench.folder.appending("photos").path)

    let result = try bench.run("run", "--json")
    #expect(result.status == 2, "\(result.talk)")
    func why(_ name: String) -> String? {
      result.events.first { ($0["path"] as? String)?.hasSuffix("/" + name) ?? false }?["why"] as? String
    }
    #expect(why("empty.jpg") == "empty-file")
    #expect(why("half.jpg") == "truncated")
    #expect(why("notes [1] ü.jpg") == "not-an-image")
    #expect(why("z copy.jpg") == "duplicate-of")
    #expect(["too-large", "unreadable"].contains(why("bomb.png")))
    #expect(why("gone.jpg") == "missing")
    #expect(try bench.lines("metadata.jsonl").count >= 4)
    let rejected = try bench.lines("rejected.jsonl")
    for name in ["empty.jpg", "half.jpg", "notes [1] ü.jpg", "z copy.jpg", "bomb.png", "gone.jpg"] {
      let line = rejected.first { ($0["source"] as? [String: any Sendable])?["path"] as? String == name }
      #expect(
        (line?["decision"] as? [String: any Sendable])?["why"] is String, "\(name) is not in rejected.jsonl")
    }
  }

  @Test("run --train trains with the flags of the run, and ends with status 2 if items were skipped")
  func trainingKeepsTheStatus() throws {
    let bench = try Workbench.real(photos: 3, sprites: 3)
    try bench.write(Array("no picture".utf8), to: "photos/notes.jpg")
    let result = try bench.run(
      "run", "--train", "--json", "--jobs", "1", "--set", "train.steps=2", "--set", "train.device=cpu")
    #expect(result.status == 2, "\(result.talk)")
    let steps = result.events.filter { $0["event"] as? String == "step" }
    #expect(steps.count == 2 && steps.last?["of"] as? Int == 2)
    try FileManager.default.removeItem(at: bench.folder.appending("photos/notes.jpg"))
    #expect(try bench.run("run", "--train", "--quiet", "--set", "train.steps=2").status == 0)
  }

  @Test("After twenty kills the dataset is byte for byte the same", .timeLimit(.minutes(5)))
  func twentyKills() throws {
    let bench = try Workbench.real(photos: 10, sprites: 8)
    #expect([0, 2].contains(try bench.run("run", "--quiet").status))
    let whole = try bench.dataset()
    #expect(whole.count > 20)
    try FileManager.default.removeItem(at: bench.output)

    var random = SplitMix64(state: 20)
    var killed = 0
    for _ in 0..<20 {
      // Kill later and later, so that every stage is hit; a finished run is started again.
      let result = try bench.run(
        "run", "--quiet", killAfter: Double.random(in: 0.05...(0.3 + 0.15 * Double(killed)), using: &random))
      if result.status == 128 + 9 {
        killed += 1
      } else {
        try FileManager.default.removeItem(at: bench.output)
      }
    }
    #expect(killed >= 10)
    #expect([0, 2].contains(try bench.run("run", "--quiet").status))
    let pieced = try bench.dataset()
    #expect(Set(pieced.keys) == Set(whole.keys))
    for (path, bytes) in whole { #expect(pieced[path] == bytes, "\(path) differs") }
  }

  @Test("A changed setting repeats its stage only, and a renamed file repeats nothing") func changedSetting()
    throws
  {
    let bench = try Workbench.real(photos: 4, sprites: 3)
    _ = try bench.run("run", "--quiet")
    let names = Set(try bench.lines("metadata.jsonl").compactMap { $0["id"] as? String })
    let photo = try FileManager.default.contentsOfDirectory(atPath: bench.folder.appending("photos").path)
      .sorted()[0]
    try FileManager.default.moveItem(
      at: bench.folder.appending("photos/\(photo)"), to: bench.folder.appending("photos/renamed.jpg"))
    let renamed = try bench.run("run")
    #expect(renamed.talk.contains("crop: nothing to do") && renamed.talk.contains("mask: nothing to do"))
    #expect(Set(try bench.lines("metadata.jsonl").compactMap { $0["id"] as? String }) == names)

    let recolored = try bench.run("run", "--set", "background=#00ff00")
    #expect(recolored.talk.contains("crop: nothing to do") && recolored.talk.contains("mask: nothing to do"))
    let sample = try #require(try bench.lines("metadata.jsonl").first { $0["domain"] as? String == "B" })
    let image = try ImageFile.read(
      bench.output.appendingPathComponent(try #require(sample["file_name"] as? String))
    ).image
    #expect(Array(image[0, 0]) == [0, 255, 0])
  }

  @Test("crop and mask work on plain folders") func plainFolders() throws {
    let bench = try Workbench.real(photos: 3, sprites: 2)
    let crop = try bench.run(
      "crop", "photos", "--to", "crops", "--size", "96", "--faces", "largest", "--json")
    #expect(crop.status == 0, "\(crop.talk)")
    let outputs = crop.events.flatMap { $0["outputs"] as? [String] ?? [] }
    #expect(outputs.count == 3)
    for output in outputs {
      let image = try ImageFile.read(
        path: output.hasPrefix("/") ? output : bench.folder.appending(output).path
      ).image
      #expect(image.width == 96 && image.height == 96)
    }
    let mask = try bench.run("mask", "crops", "--to", "masks", "--background", "transparent")
    #expect(mask.status == 0, "\(mask.talk)")
    let stems = try FileManager.default.contentsOfDirectory(atPath: bench.folder.appending("crops").path)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: bench.folder.appending("masks").path).sorted()
        == stems.sorted())
    #expect(try ImageFile.read(bench.folder.appending("masks/\(stems[0])")).image.format == .rgba)
  }
}
