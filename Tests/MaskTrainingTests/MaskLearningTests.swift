import Foundation
import Imaging
import MaskModel
import Tensors
import TestSupport
import Testing

@testable import MaskTraining

struct MaskLearningTests {
  private func weights() throws -> MaskWeights {
    var architecture = MaskArchitecture()
    (architecture.side, architecture.widths) = (64, [8, 8, 8, 8, 8])
    return try MaskNetwork(architecture, generator: RandomGenerator(seed: 2)).weights()
  }

  private func masks(_ count: Int) -> [CorrectedMask] {
    (0..<count).map { number in
      let disc = MaskData.disc([UInt8(60 + number * 9), 180, 40])
      let crop = disc.composited(on: [UInt8(200 - number * 7), 40, 90])
      guard let mask = disc.alpha else { return CorrectedMask(id: "", crop: crop, mask: crop, face: nil) }
      return CorrectedMask(
        id: "picture-\(number)", crop: crop, mask: mask, face: Box(x: 40, y: 40, width: 48, height: 48))
    }
  }

  private func learning(steps: Int) -> MaskLearning {
    var learning = MaskLearning()
    (learning.steps, learning.batch, learning.bfloat16, learning.learningRate) = (steps, 4, false, 1e-2)
    return learning
  }

  @Test("Learning improves held-out masks, and its result depends only on its input")
  func learns() throws {
    let place = try TemporaryFolder()
    let first = try learning(steps: 50).run(
      masks(10), from: weights(), to: place.appending("a"), report: { _ in })
    #expect(first.used)
    #expect(first.after.alphaError < first.before.alphaError)
    #expect(Set(first.learnedFrom).isDisjoint(with: first.heldOut) && first.heldOut.count == 2)
    let second = try learning(steps: 50).run(
      masks(10), from: weights(), to: place.appending("b"), report: { _ in })
    #expect(first == second)
    let files = try ["a", "b"].map { try Data(contentsOf: place.appending("\($0)/network.weights")) }
    #expect(files[0] == files[1])
    _ = try MaskWeights(files[0])
  }

  @Test("A learned network that is not better is recorded but not used")
  func notBetter() throws {
    let place = try TemporaryFolder()
    var learning = learning(steps: 1)
    learning.learningRate = 1e-9
    let record = try learning.run(masks(8), from: weights(), to: place.url, report: { _ in })
    #expect(!record.used)
    #expect(!FileManager.default.fileExists(atPath: place.appending("network.weights").path))
    #expect(FileManager.default.fileExists(atPath: place.appending("record.json").path))
  }

  @Test("Too few pictures, ten corrections of one picture, and a second learner are rejected")
  func invalidSamples() throws {
    let place = try TemporaryFolder()
    #expect(throws: MaskLearnError.tooFew(3)) {
      try learning(steps: 1).run(masks(3), from: weights(), to: place.url, report: { _ in })
    }
    let same = masks(10).map { CorrectedMask(id: "one", crop: $0.crop, mask: $0.mask, face: nil) }
    #expect(throws: MaskLearnError.tooFew(1)) {
      try learning(steps: 1).run(same, from: weights(), to: place.url, report: { _ in })
    }
    #expect(throws: MaskLearnError.tooFew(0)) {
      try learning(steps: 1).run([], from: weights(), to: place.url, report: { _ in })
    }
    let descriptor = open(place.appending(".lock").path, O_CREAT | O_RDWR, 0o644)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX) == 0)
    #expect(throws: MaskLearnError.busy(place.url.path)) {
      try learning(steps: 1).run(masks(8), from: weights(), to: place.url, report: { _ in })
    }
  }

  @Test("Learning that is stopped leaves no network, and resumes with the same result")
  func resumes() async throws {
    let place = try TemporaryFolder()
    let whole = try learning(steps: 60).run(
      masks(10), from: weights(), to: place.appending("whole"), report: { _ in })
    let stopped = place.appending("stopped")
    let start = try weights()
    let task = Task {
      try learning(steps: 60).run(masks(10), from: start, to: stopped) { text in
        if text.hasPrefix("step 50") { withUnsafeCurrentTask { $0?.cancel() } }
      }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(!FileManager.default.fileExists(atPath: stopped.appendingPathComponent("network.weights").path))
    #expect(!FileManager.default.fileExists(atPath: stopped.appendingPathComponent("record.json").path))
    var reports: [String] = []
    let resumed = try learning(steps: 60).run(masks(10), from: start, to: stopped) { reports.append($0) }
    #expect(reports.first == "resuming after step 50")
    #expect(resumed == whole)
    let files = try ["whole", "stopped"].map {
      try Data(contentsOf: place.appending("\($0)/network.weights"))
    }
    #expect(files[0] == files[1])
  }

  @Test("Empty and full masks and unreadable files of a list are reported and skipped")
  func list() throws {
    let place = try TemporaryFolder()
    let disc = MaskData.disc([200, 30, 60])
    try Data(disc.composited(on: [9, 9, 9]).png()).write(to: place.appending("crop.png"))
    for (name, level) in [("empty", UInt8(0)), ("full", 255)] {
      try Data(ImageBuffer(width: 128, height: 128, format: .gray, filledWith: [level]).png()).write(
        to: place.appending("\(name).png"))
    }
    try Data(try #require(disc.alpha).png()).write(to: place.appending("mask.png"))
    let lines = [
      "crop\tmask\tx0\ty0\tx1\ty1\tid", "crop.png\tmask.png\t40\t40\t80\t80\ta",
      "crop.png\tempty.png\t\t\t\t\tb",
      "crop.png\tfull.png\t\t\t\t\tc", "none.png\tmask.png\t\t\t\t\td", "crop.png\tmask.png\t\t\t\t\te",
    ]
    let list = place.appending("list.tsv")
    try lines.joined(separator: "\n").write(to: list, atomically: true, encoding: .utf8)
    var notes: [String] = []
    let masks = try CorrectedMask.read(list) { notes.append($0) }
    #expect(masks.map(\.id) == ["a", "e"])
    #expect(masks.first?.face == Box(x: 40, y: 40, width: 40, height: 40))
    #expect(masks.last?.face == nil)
    #expect(notes.count == 3)
  }
}
