import Dataset
import Foundation
import Imaging
import Tensors
import TestSupport
import Testing
import Translate
import WeightFiles

@testable import Train

/// A run that a test damages from the run's own reports, which are made on the run's task.
private final class Patient: @unchecked Sendable {
  var step: TrainingStep?
  var notes: [String] = []
  var hasBeenHarmed = false

  func poison(_ key: String) {
    let tensor = step?.networks.disLB.state.first { "disLB.\($0.key)" == key }?.tensor
    try? withoutGradient { try tensor?.fill(.nan) }
  }
}

struct TrainerTests {
  /// A dataset of noise with six images in each domain, and a folder for runs.
  private struct Place {
    let folder: TemporaryFolder
    var dataset: URL { folder.appending("dataset") }

    init() throws {
      folder = try TemporaryFolder()
      for (number, name) in ["trainA", "trainB", "testA", "testB"].enumerated() {
        let url = folder.appending("dataset/\(name)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for index in 0..<3 {
          var random = CounterRandom(UInt64(number), UInt64(index))
          let bytes = (0..<32 * 32 * 3).map { _ in UInt8(random.below(256)) }
          let picture = ImageBuffer(width: 32, height: 32, format: .rgb, bytes: bytes)
          try Data(picture.png()).write(to: url.appendingPathComponent("\(index).png"))
        }
      }
    }

    func run(_ name: String) -> RunFolder { RunFolder(folder.appending(name)) }
  }

  private var settings: TrainSettings {
    var settings = TrainSettings()
    (settings.width, settings.steps, settings.saveEvery, settings.sampleEvery) = (4, 6, 2, 100)
    (settings.device, settings.learningRate) = ("cpu", 1e-3)
    return settings
  }

  private func trainer(
    _ place: Place, _ run: RunFolder, _ settings: TrainSettings,
    _ report: @escaping @Sendable (TrainEvent) -> Void = { _ in }
  ) async throws -> Trainer {
    try await Trainer(
      dataset: place.dataset, to: run, side: 32, settings: settings, settingsText: "", report: report)
  }

  private func last(_ run: RunFolder) throws -> Data { try Data(contentsOf: run.checkpoint(step: 6)) }

  @Test("A resumed run, with all switches on, equals an uninterrupted one") func runWasStoppedEquals()
    async throws
  {
    let place = try Place()
    var settings = settings
    (settings.accumulate, settings.clip, settings.ema) = (2, 1, 0.9)
    (settings.r1, settings.r1Every, settings.diffaugment) = (10, 2, [.color, .translation, .cutout])
    (settings.pool, settings.augmentTarget) = (2, 0.6)
    settings.weights.cycle = 20
    let unbroken = place.run("unbroken")
    #expect(try await trainer(place, unbroken, settings).run().isComplete)

    let broken = place.run("broken")
    let first = try await trainer(place, broken, settings) { event in
      if case .step(let entry, _) = event, entry.step == 3 { withUnsafeCurrentTask { $0?.cancel() } }
    }
    await #expect(throws: CancellationError.self) {
      try await Task { [box = Unsent(first)] in try await box.value.run() }.value
    }
    #expect(broken.savedSteps.first == 3)
    #expect(
      try await trainer(place, broken, settings).run() == TrainSummary(step: 6, done: 3, isComplete: true))
    #expect(try last(broken) == last(unbroken))

    // Translations use the moving average.
    let file = try WeightsFile(contentsOf: unbroken.checkpoint(step: 6))
    // With many different pixels, some are rounded differently.
    let picture = ImageBuffer(
      width: 32, height: 32, format: .rgb, bytes: (0..<3072).map { UInt8(truncatingIfNeeded: $0 &* 167 >> 3) }
    )
    let translated = try Translator(TrainedGenerator(run: unbroken, direction: .aToB)).translate([picture])
      .map(\.output)
    for (name, isShown) in [("ema.genA2B", true), ("genA2B", false)] {
      let generator = try Architecture(.ugatitLight, side: 32, width: 4).makeGenerator(
        from: RandomGenerator(seed: 0))
      try generator.load(try file.stateDict(name))
      let expected = try withoutGradient { try generator(Tensor([picture])).pictures() }
      #expect((translated == expected) == isShown, "\(name)")
    }
  }

  @Test("If a loss is NaN once, the run goes back to a checkpoint and ends with the same result")
  func lossNoNumberTakes() async throws {
    let place = try Place()
    let (healthy, ill) = (place.run("healthy"), place.run("ill"))
    #expect(try await trainer(place, healthy, settings).run().isComplete)

    let patient = Patient()
    let trainer = try await trainer(place, ill, settings) { [patient] event in
      if case .note(let text) = event { patient.notes.append(text) }
      guard case .step(let entry, _) = event, entry.step == 3, !patient.hasBeenHarmed else { return }
      patient.hasBeenHarmed = true
      patient.poison("disLB.model.4.bias")
    }
    patient.step = trainer.step
    #expect(try await trainer.run().isComplete)
    #expect(try last(ill) == last(healthy))
    let note = try #require(patient.notes.first { $0.contains("is not a finite number") })
    #expect(
      note.contains(
        "D_ad_disLB (and disLB.model.4.bias) is not a finite number at step 4: going back to step 2"))
    let steps = try String(contentsOf: ill.log, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(LogEntry.self, from: Data($0.utf8)).step
    }
    #expect(steps == [1, 2, 3, 4, 5, 6])
  }

  @Test("If a loss is NaN again, the run ends and its checkpoints are intact") func lossNoNumberAgain()
    async throws
  {
    let place = try Place()
    let run = place.run("ill")
    let patient = Patient()
    let trainer = try await trainer(place, run, settings) { [patient] event in
      guard case .step(let entry, _) = event, entry.step == 3 else { return }
      patient.poison("disLB.model.4.bias")
    }
    patient.step = trainer.step
    do {
      _ = try await trainer.run()
      Issue.record("a run that fails twice should stop")
    } catch TrainError.diverged(let what, let step, let saved) {
      #expect(what == "D_ad_disLB (and disLB.model.4.bias)")
      #expect(step == 4 && saved == 2)
    }
    #expect(run.savedSteps == [2])
  }

  @Test("Weights with NaN are never saved") func weightsNoNumbersNever() async throws {
    let place = try Place()
    let run = place.run("ill")
    let patient = Patient()
    var settings = settings
    settings.saveEvery = 3
    // The generators are updated after the step's losses are computed, so only the weights show the error.
    let trainer = try await trainer(place, run, settings) { [patient] event in
      if case .note(let text) = event { patient.notes.append(text) }
      guard case .step(let entry, _) = event, entry.step == 5, !patient.hasBeenHarmed else { return }
      patient.hasBeenHarmed = true
      try? patient.step?.generatorAdam.secondMoments.last?.fill(.nan)
    }
    patient.step = trainer.step
    #expect(try await trainer.run().isComplete)
    #expect(
      patient.notes.contains { $0.contains("genB2A.") && $0.contains("at step 6: going back to step 3") })
    for step in run.savedSteps {
      let file = try WeightsFile(contentsOf: run.checkpoint(step: step))
      for name in WeightsFile.publishedNames {
        for (key, stored) in try file.stateDict(name) {
          #expect(try Tensor(stored).isFinite(), "step \(step): \(name).\(key)")
        }
      }
    }
  }

  @Test("Another compatibility is refused on resume, and translate uses the run's own")
  func otherCompatibilityRefused() async throws {
    let place = try Place()
    let run = place.run("run")
    var settings = settings
    (settings.steps, settings.compat) = (1, .tensorflow)
    #expect(try await trainer(place, run, settings).run().isComplete)
    #expect(
      try Translator(TrainedGenerator(run: run, direction: .bToA)).architecture.compatibility == .tensorflow)
    let weights = run.checkpoint(step: 1)
    #expect(
      try Translator(TrainedGenerator(weights: weights, direction: .bToA)).architecture.compatibility
        == .tensorflow)
    settings.compat = .pytorch
    let error = await #expect(throws: CheckpointError.self) { _ = try await trainer(place, run, settings) }
    #expect("\(try #require(error))".contains("compat tensorflow"))
  }

  @Test("Checkpoints are measured on all test images, beside the untranslated images and the noise floor")
  func measuredCheckpoints() async throws {
    let place = try Place()
    let run = place.run("run")
    var settings = settings
    settings.features = "none"
    let patient = Patient()
    let trainer = try await trainer(place, run, settings) { [patient] event in
      if case .measured(let report, let step, let isBest) = event {
        patient.notes.append("\(step) \(isBest) \(report.text)")
      }
    }
    #expect(try await trainer.run().isComplete)
    #expect(patient.notes.count == 3 && patient.notes[0].hasPrefix("2 true color-edge distance: AtoB "))
    let entries = try String(contentsOf: run.log, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(LogEntry.self, from: Data($0.utf8))
    }
    let last = try #require(entries.last)
    #expect(last.measure == "color-edge distance" && last.distance?["BtoA"]?.spread != nil)
    #expect(last.untranslated != nil && entries[0].distance == nil)
    let header = try run.openCheckpoint(step: 6).header
    #expect(header.measure == "color-edge distance")
    let total = try #require(last.distance).values.map(\.value).reduce(0, +)
    #expect(abs(try #require(header.distance) - total) < 1e-9)
    // Three test images are too few for halves of two.
    #expect(last.noiseFloor == [:])
    let page = try String(contentsOf: run.page, encoding: .utf8)
    #expect(page.contains("Step 6 of 6") && page.contains("<b>Distance of test images</b>"))
    #expect(page.contains("text-anchor=end>6</text>"), "the charts include the last step")
  }

  @Test("A run that diverges before its first checkpoint does not claim that there is one")
  func divergedEarly() {
    let early = TrainError.diverged(what: "D_ad_disGA", step: 4, saved: nil).description
    #expect(early.contains("no checkpoint yet") && !early.contains("intact"))
    #expect(TrainError.diverged(what: "x", step: 9, saved: 8).description.contains("step 8 is intact"))
  }

  @Test("A run's folder is used by one trainer at a time")
  func lockedFolder() async throws {
    let place = try Place()
    let run = place.run("run")
    let first = try await trainer(place, run, settings)
    await #expect(throws: OutputError.self) { _ = try await trainer(place, run, settings) }
    #expect(try await first.run().isComplete)
    #expect(try await trainer(place, run, settings).run().done == 0)
  }

  @Test(
    "If the newest checkpoint is damaged in any way, the previous one is used",
    arguments: ["folder", "link", "header", "byte", "step", "empty"])
  func damagedNewest(damage: String) async throws {
    let place = try Place()
    let (whole, run) = (place.run("whole"), place.run("run"))
    #expect(try await trainer(place, whole, settings).run().isComplete)
    #expect(try await trainer(place, run, settings).run().isComplete)
    let newest = run.checkpoint(step: 6)
    var data = try Data(contentsOf: newest)
    try FileManager.default.removeItem(at: newest)
    switch damage {
    case "folder": try FileManager.default.createDirectory(at: newest, withIntermediateDirectories: false)
    case "link":
      try FileManager.default.createSymbolicLink(atPath: newest.path, withDestinationPath: "nowhere")
    case "header":
      let place = try #require(data.range(of: Data("dataset".utf8)))
      data[place.upperBound + 6] ^= 1
      try data.write(to: newest)
    case "byte":
      data[data.count - 9] ^= 0x40
      try data.write(to: newest)
    case "step":
      try FileManager.default.copyItem(at: run.checkpoint(step: 4), to: newest)
    default: try Data().write(to: newest)
    }
    let patient = Patient()
    let trainer = try await trainer(place, run, settings) { [patient] event in
      if case .note(let text) = event { patient.notes.append(text) }
    }
    #expect(try await trainer.run() == TrainSummary(step: 6, done: 2, isComplete: true))
    #expect(patient.notes.contains { $0.contains("trying the previous checkpoint") })
    #expect(try last(run) == last(whole))
  }

  @Test(
    "Checkpoints that are written while the training continues have the same bytes, and a failed one ends the run"
  )
  func writesInBackground() async throws {
    let place = try Place()
    let (whole, run, full) = (place.run("whole"), place.run("run"), place.run("full"))
    #expect(try await trainer(place, whole, settings).run().isComplete)
    let trainer = try await trainer(place, run, settings)
    trainer.writesInBackground = true
    #expect(try await trainer.run().isComplete)
    #expect(run.savedSteps == whole.savedSteps)
    #expect([run.latest, run.best].map(run.step) == [whole.latest, whole.best].map(whole.step))
    for step in whole.savedSteps {
      let files = [whole, run].map { $0.checkpoint(step: step) }
      #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]), "step \(step)")
    }
    let failing = try await self.trainer(place, full, settings)
    failing.writesInBackground = true
    // A file cannot replace a folder.
    try FileManager.default.createDirectory(
      at: full.checkpoint(step: 6).appendingPathComponent("x"), withIntermediateDirectories: true)
    await #expect(throws: WriteError.self) { try await failing.run() }
    #expect(full.savedSteps.contains(4))
  }

  @Test("A damaged network of a checkpoint is refused only by what reads it") func damagedNetwork()
    async throws
  {
    let place = try Place()
    let run = place.run("run")
    #expect(try await trainer(place, run, settings).run().isComplete)
    let newest = run.checkpoint(step: 6)
    let stored = try Safetensors(contentsOf: newest)
    var data = try Data(contentsOf: newest)
    let weight = try #require(
      stored.tensors.first { $0.key.hasPrefix("genB2A.") && $0.value.bytes.count > 1000 }?.value)
    let bytes = try #require(data.range(of: weight.bytes))
    data[bytes.lowerBound] ^= 1
    try data.write(to: newest)
    #expect(try run.openCheckpoint(networks: ["genA2B"]).header.step == 6)
    for networks in [["genB2A"], WeightsFile.publishedNames] {
      #expect(try run.openCheckpoint(networks: networks).header.step == 4)
    }
    #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: newest) }

    // The description concerns all networks.
    data[bytes.lowerBound] ^= 1
    let digest = try #require(data.range(of: Data("dataset".utf8)))
    data[digest.upperBound + 6] ^= 1
    try data.write(to: newest)
    #expect(try run.openCheckpoint(networks: ["genA2B"]).header.step == 4)
  }

  @Test("A new run starts from the weights of another run or file, and refuses those that do not fit")
  func startingWeights() async throws {
    let place = try Place()
    let (first, second) = (place.run("first"), place.run("second"))
    #expect(try await trainer(place, first, settings).run().isComplete)
    var settings = settings
    (settings.from, settings.seed) = (first.url, 5)
    let trainer = try await trainer(place, second, settings)
    let file = try WeightsFile(contentsOf: first.checkpoint(step: 6))
    for (name, module) in trainer.step.networks.named {
      #expect(try module.storedState() == file.stateDict(name), "\(name)")
    }
    settings.width = 8
    let error = await #expect(throws: TrainError.self) {
      _ = try await self.trainer(place, place.run("third"), settings)
    }
    #expect("\(try #require(error))".contains("genA2B"))
  }

  @Test("Weights with NaN are refused by translate")
  func weightsWithNaN() async throws {
    let place = try Place()
    let networks = try NetworkSet(Architecture(.ugatitLight, side: 32, width: 4), seed: 1)
    try withoutGradient { try networks.genA2B.state.last?.tensor.fill(.nan) }
    var tensors: [String: StoredTensor] = [:]
    for (key, tensor) in try networks.genA2B.storedState() { tensors[key] = tensor }
    var data = Data()
    try Safetensors(tensors: tensors).write { data.append($0) }
    let url = place.folder.appending("nan.safetensors")
    try data.write(to: url)
    let error = #expect(throws: WeightsError.self) {
      try Translator(TrainedGenerator(weights: url, direction: .aToB, side: 32))
    }
    #expect(error?.reason.contains("not finite numbers") == true)
  }
}

/// Transfers a value to the one task that uses it.
private struct Unsent<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
