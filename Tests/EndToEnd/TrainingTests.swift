import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct TrainingTests {
  private let bench: Workbench
  private let tiny = [
    "--set", "train.width=4", "--set", "train.save-every=2", "--set", "train.sample-every=4",
  ]

  /// A dataset of colored noise, so that no test data is needed.
  init() throws {
    bench = try Workbench()
    var random = SplitMix64(state: 1)
    for (folder, count) in [("trainA", 3), ("trainB", 3), ("testA", 2), ("testB", 2)] {
      try FileManager.default.createDirectory(
        at: bench.folder.appending("set/\(folder)"), withIntermediateDirectories: true)
      for number in 0..<count {
        let bytes = (0..<96 * 96 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        try bench.write(
          ImageBuffer(width: 96, height: 96, format: .rgb, bytes: bytes).png(),
          to: "set/\(folder)/\(number).png")
      }
    }
  }

  private func train(_ run: String, steps: Int, _ more: [String] = [], killAfter: Double? = nil) throws
    -> Program.Result
  {
    try bench.easel.run(
      ["train", "set", "--to", run, "--steps", "\(steps)", "--jobs", "1"] + tiny + more, in: bench.folder.url,
      killAfter: killAfter)
  }

  @Test("A resumed run equals an uninterrupted one bit for bit") func resume() throws {
    #expect(try train("whole", steps: 4).status == 0)
    // The rate depends on the run's length, so the stopped run is started with all its steps.
    for delay in [3.0, 5, 8, 13] {
      let first = try train("parts", steps: 4, killAfter: delay)
      let saved = FileManager.default.fileExists(
        atPath: bench.folder.appending("parts/checkpoints/step-000002.safetensors").path)
      if saved || first.status == 0 { break }
    }
    let second = try train("parts", steps: 4)
    #expect(second.status == 0, "\(second.talk)")
    let (whole, parts) = (
      try Data(contentsOf: bench.folder.appending("whole/checkpoints/step-000004.safetensors")),
      try Data(contentsOf: bench.folder.appending("parts/checkpoints/step-000004.safetensors"))
    )
    #expect(whole == parts)
    let third = try train("parts", steps: 4)
    #expect(third.status == 0 && third.talk.contains("nothing to do"))
  }

  @Test("A run writes the documented files, which translate and evaluate read") func runFiles() throws {
    #expect(try train("run", steps: 4).status == 0)
    for name in [
      "settings.yaml", "log.jsonl", "samples/step-000004.png", "checkpoints/step-000004.safetensors",
      "checkpoints/latest", "checkpoints/best",
    ] {
      #expect(FileManager.default.fileExists(atPath: bench.folder.appending("run/\(name)").path), "\(name)")
    }
    let log = try String(contentsOf: bench.folder.appending("run/log.jsonl"), encoding: .utf8)
    #expect(log.split(separator: "\n").count == 4)
    for term in ["G_ad_disGA", "rec_A", "idt_B", "cam_B", "D_total", "rate", "memory"] {
      #expect(log.contains("\"\(term)\""), "\(term)")
    }

    let translate = try bench.run("translate", "set/testA", "--run", "run", "--to", "out", "--json")
    #expect(translate.status == 0, "\(translate.talk)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: bench.output.path).sorted() == ["0.png", "1.png"])
    #expect(try ImageFile.read(bench.folder.appending("out/0.png")).image.width == 96)
    let evaluate = try bench.run("evaluate", "set", "--run", "run", "--json")
    #expect(evaluate.status == 0 && evaluate.events.first?["cycle"] != nil, "\(evaluate.talk)")
    // A run knows its dataset.
    let alone = try bench.run("evaluate", "--run", "run", "--json")
    #expect(alone.status == 0 && alone.output == evaluate.output, "\(alone.talk)")
  }

  @Test("Resuming with another dataset or network is refused") func changedDataset() throws {
    #expect(try train("run", steps: 2).status == 0)
    let wider = try bench.easel.run(
      ["train", "set", "--to", "run", "--steps", "4", "--set", "train.width=8"], in: bench.folder.url)
    #expect(wider.status == 1 && wider.talk.contains("width 4") && wider.talk.contains("width 8"))
    try FileManager.default.removeItem(at: bench.folder.appending("set/trainA/0.png"))
    let other = try train("run", steps: 4)
    #expect(other.status == 1 && other.talk.contains("other images"))
    #expect(try train("run", steps: 4, ["--accept-dataset"]).status == 0)
  }

  @Test("If the newest checkpoint is truncated, the previous one is used") func truncatedCheckpoint() throws {
    #expect(try train("run", steps: 4).status == 0)
    let newest = bench.folder.appending("run/checkpoints/step-000004.safetensors")
    try Data(contentsOf: newest).prefix(1000).write(to: newest)
    let result = try train("run", steps: 4)
    #expect(result.status == 0 && result.talk.contains("trying the previous checkpoint"), "\(result.talk)")
    #expect(try Data(contentsOf: newest).count > 1000)
  }

  @Test("Training errors name the folder, device, size or file") func trainErrors() throws {
    let nowhere = try bench.run("train", "nowhere", "--to", "run")
    #expect(nowhere.status == 1 && nowhere.talk.contains("nowhere"))
    let device = try train("run", steps: 1, ["--device", "cuda:7"])
    #expect(device.status == 1 && device.talk.contains("cuda:7"))
    let side = try train("run", steps: 1, ["--size", "100"])
    #expect(side.status == 1 && side.talk.contains("16"))
    try bench.write("x", to: "weights.pt")
    let weights = try bench.run("translate", "set/testA", "--weights", "weights.pt", "--to", "out")
    #expect(weights.status == 1 && weights.talk.contains("weights.pt"))
  }

  @Test(
    "A checkpoint of UGATIT-pytorch translates",
    .enabled(if: TestData.reference != nil, "EASEL_REFERENCE is not set"))
  func foreignCheckpoint() throws {
    let reference = try #require(TestData.reference)
    let result = try bench.run(
      "translate", "set/testA", "--weights",
      reference.appendingPathComponent("ugatit_params_0000003.pt").path, "--to", "out",
      "--size", "128")
    #expect(result.status == 0, "\(result.talk)")
    #expect(try ImageFile.read(bench.folder.appending("out/0.png")).image.width == 128)
  }
}
