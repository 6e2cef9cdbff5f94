import Foundation
import Imaging
import MaskModel
import ONNX
import Synchronization
import Tensors
import TestSupport
import Testing
import Train
import WeightFiles
import Vision

@testable import MaskTraining

struct MaskTrainerTests {
  private func settings(steps: Int, side: Int = 64) -> MaskTrainSettings {
    var settings = MaskTrainSettings()
    settings.architecture.side = side
    settings.architecture.widths = [8, 8, 8, 8, 8]
    (settings.batch, settings.steps, settings.saveEvery, settings.sampleEvery) = (4, steps, 4, 8)
    (settings.validationCount, settings.bfloat16, settings.learningRate) = (4, false, 5e-3)
    return settings
  }

  private func run(_ data: MaskData, _ folder: URL, steps: Int) async throws -> [Double] {
    let losses = Mutex<[Double]>([])
    let trainer = try MaskTrainer(data: data.url, to: RunFolder(folder), settings: settings(steps: steps)) {
      event in
      if case .step(let entry, _, _) = event { losses.withLock { $0.append(entry.losses["total"] ?? .nan) } }
    }
    try await trainer.run()
    return losses.withLock { $0 }
  }

  @Test("A resumed run equals an unbroken run bit for bit")
  func resume() async throws {
    let (data, place) = (try MaskData(), try TemporaryFolder())
    let (whole, broken) = (place.appending("whole"), place.appending("broken"))
    _ = try await run(data, whole, steps: 12)
    // The learning rate depends on the number of all steps, so the interrupted run loses its last checkpoints
    // instead.
    _ = try await run(data, broken, steps: 12)
    let folder = RunFolder(broken)
    try FileManager.default.removeItem(at: folder.checkpoint(step: 12))
    _ = try await run(data, broken, steps: 12)
    let (a, b) = (
      try Safetensors(contentsOf: RunFolder(whole).checkpoint(step: 12)),
      try Safetensors(contentsOf: folder.checkpoint(step: 12))
    )
    #expect(a.tensors == b.tensors)
  }

  @Test("A training continues on larger images with the same weights; other widths are refused")
  func largerSide() async throws {
    let (data, place) = (try MaskData(), try TemporaryFolder())
    let folder = RunFolder(place.appending("run"))
    let small = try await run(data, folder.url, steps: 40)
    let steps = Mutex<[Int]>([])
    let losses = Mutex<[Double]>([])
    let trainer = try MaskTrainer(data: data.url, to: folder, settings: settings(steps: 48, side: 96)) {
      event in
      if case .step(let entry, _, _) = event {
        steps.withLock { $0.append(entry.step) }
        losses.withLock { $0.append(entry.losses["total"] ?? .nan) }
      }
    }
    try await trainer.run()
    #expect(steps.withLock { $0 } == Array(41...48))
    #expect(losses.withLock { $0[0] } < 0.9 * small[0], "it does not start anew")
    #expect(try MaskExport(folder).weights.architecture.side == 96)
    var other = settings(steps: 60, side: 96)
    other.architecture.widths = [8, 8, 8, 8, 12]
    #expect(throws: MaskTrainError.self) {
      try MaskTrainer(data: data.url, to: folder, settings: other) { _ in }
    }
  }

  @Test("The loss falls, and the exported network in OpenCV agrees with libtorch within 1e-4")
  func learnsAndExports() async throws {
    let (data, place) = (try MaskData(), try TemporaryFolder())
    let losses = try await run(data, place.appending("run"), steps: 60)
    let (first, last) = (losses.prefix(10).reduce(0, +), losses.suffix(10).reduce(0, +))
    #expect(last < 0.8 * first)
    let weights = try MaskExport(RunFolder(place.appending("run"))).weights
    let network = try MaskNetwork(weights.architecture, generator: RandomGenerator(seed: 9))
    try network.load(weights)
    let values = try RandomGenerator(seed: 3).uniform([1, 4, 64, 64], in: -1..<1)
    let expected = try withoutGradient { try network(values).sigmoid().floats() }
    let other = try Network(onnx: weights.graph.encoded(), name: "exported")
    try other.setInput(try values.floats(), shape: [1, 4, 64, 64])
    let found = try #require(try other.forward().first).values
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 })
    // Weights that are already rounded are returned unchanged by the network.
    #expect(try network.weights().layers[0].kernel == weights.layers[0].kernel)
  }

  @Test("A run with another seed or shape, or in a folder with other files, is rejected")
  func otherRuns() async throws {
    let (data, place) = (try MaskData(), try TemporaryFolder())
    let folder = RunFolder(place.appending("run"))
    _ = try await run(data, folder.url, steps: 4)
    var other = settings(steps: 4)
    other.seed = 77
    #expect(throws: MaskTrainError.self) {
      try MaskTrainer(data: data.url, to: folder, settings: other) { _ in }
    }
    other = settings(steps: 4)
    other.architecture.widths[2] = 12
    #expect(throws: MaskTrainError.self) {
      try MaskTrainer(data: data.url, to: folder, settings: other) { _ in }
    }
    other.architecture.side = 65
    #expect(throws: MaskTrainError.self) {
      try MaskTrainer(data: data.url, to: RunFolder(place.appending("new")), settings: other) { _ in }
    }
  }
}
