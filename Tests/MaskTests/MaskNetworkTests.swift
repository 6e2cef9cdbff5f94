import Dataset
import Foundation
import Imaging
import Ledger
import MaskScenes
import TestSupport
import Testing
import Vision

@testable import Mask

/// The built-in mask network and fine-tuned ones.
struct MaskNetworkTests {
  private func noModels(_ name: String) throws -> URL { throw MaskError("no-model", "no model \(name)") }

  private func alpha(_ cutout: Cutout) throws -> Plane { Plane(try #require(cutout.image.alpha)) }

  @Test(
    "The built-in network masks drawn heads better than the colour model",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"),
    .enabled(if: MaskNetwork.isBuiltIn, "the program was built without the network's weights"))
  func builtIn() throws {
    let renderer = try SpriteSceneRenderer(try #require(TestData.images))
    let (network, colors) = (
      try ForegroundExtractor(.network, models: noModels),
      try ForegroundExtractor(.colorModel, models: noModels)
    )
    var scores: (network: [MaskScore], colors: [MaskScore]) = ([], [])
    for number in 0..<26 {
      let scene = try renderer.scene(number, seed: 1)
      scores.network.append(MaskScore(try alpha(network(scene.subject)), scene.truth))
      scores.colors.append(MaskScore(try alpha(colors(scene.subject)), scene.truth))
    }
    let (found, other) = (MaskScores(scores.network), MaskScores(scores.colors))
    #expect(found.overlap > 0.95, "mean IoU \(found.overlap)")
    #expect(found.worstTenth > 0.85, "worst tenth \(found.worstTenth)")
    #expect(found.error < 0.03 && found.error < other.error, "alpha error \(found.error), \(other.error)")
  }

  @Test("A fine-tuned network sees the face where it is, in images of any shape", arguments: [64, 90, 128])
  func faceChannel(height: Int) throws {
    let folder = try TemporaryFolder()
    let file = folder.appending("network.onnx")
    try AtomicFile.write(TinyNetwork.face().bytes, to: file)
    let extractor = try ForegroundExtractor(.network, learned: file, models: noModels)
    let image = ImageBuffer(width: 64, height: height, format: .rgb, filledWith: [90, 120, 150])
    let box = Box(x: 8, y: Double(height) / 2 - 6, width: 20, height: 20)
    let mask = try alpha(extractor(MaskSubject(image, face: FaceGuide(box: box))))
    #expect(mask.size == image.size)
    let center = box.center
    #expect(mask[Int(center.x), Int(center.y)] > 0.95)
    #expect(mask[60, height / 2] == 0 && mask[Int(center.x), height - 3] == 0 && mask[Int(center.x), 2] == 0)
  }

  @Test("A network that is not a mask network is refused with its reason")
  func invalid() throws {
    let folder = try TemporaryFolder()
    let file = folder.appending("network.onnx")
    func reason(_ bytes: [UInt8]) throws -> String {
      try AtomicFile.write(bytes, to: file)
      do {
        try MaskNetwork(file).check()
        return "accepted"
      } catch let error as SegmentationFailure { return error.reason.rawValue }
    }
    #expect(try reason(TinyNetwork.face().bytes) == "accepted")
    #expect(try reason(TinyNetwork().bytes) == "model-unusable", "three channels")
    #expect(
      try reason(TinyNetwork(filters: [[0, 0, 0, 1], [0, 0, 1, 0]]).bytes) == "model-unusable", "two outputs")
    #expect(try reason(TinyNetwork.face(scale: .nan).bytes) == "model-unusable", "not numbers")
    #expect(try reason(Array(TinyNetwork.face().bytes.dropLast(40))) == "model-unusable", "cut off")
    #expect(try reason(Array("no network".utf8)) == "model-unusable")
    #expect(try reason([]) == "model-unusable")
  }

  @Test("The input's shape is read from ONNX bytes, and damaged bytes give nil")
  func inputShape() {
    let bytes = TinyNetwork.face(side: 96).bytes
    #expect(bytes.withUnsafeBytes { ONNXInput.shape(of: $0) } == [1, 4, 96, 96])
    for cut in 0..<bytes.count {
      // Cut or changed anywhere, it is a shape or nil, but never a crash.
      let shape = bytes[..<cut].withUnsafeBytes { ONNXInput.shape(of: $0) }
      #expect(shape == nil, "\(cut) of \(bytes.count) bytes")
      var changed = bytes
      changed[cut] ^= 0xFF
      _ = changed.withUnsafeBytes { ONNXInput.shape(of: $0) }
    }
  }
}

/// A dataset's own network in its output folder.
struct LearnedNetworkTests {
  private let dataset: MaskDataset
  private let learned: LearnedMaskNetwork

  init() throws {
    dataset = try MaskDataset()
    learned = LearnedMaskNetwork(dataset.output)
  }

  private func save(_ network: TinyNetwork, used: Bool = true) throws {
    try AtomicFile.write(network.bytes, to: learned.file)
    try AtomicFile.write(
      Data(#"{"used":\#(used),"before":0.1,"after":0.05,"date":"2026-01-01"}"#.utf8), to: learned.recordFile)
  }

  @Test("A fine-tuned network is used only if its record says that it is better")
  func usedIfBetter() throws {
    let builtIn = learned.choice
    #expect(builtIn.file == nil && builtIn.note == nil)
    try save(.face(), used: false)
    #expect(learned.choice == builtIn)
    try save(.face())
    #expect(learned.choice.file == learned.file && learned.choice.digest != builtIn.digest)
    #expect(learned.forget() && !learned.forget())
    #expect(learned.choice == builtIn)
  }

  @Test("A damaged fine-tuned network is named, and the built-in one is used")
  func damaged() throws {
    let builtIn = learned.choice
    func note() throws -> String {
      let choice = learned.choice
      #expect(choice.file == nil && choice.digest == builtIn.digest)
      return try #require(choice.note)
    }
    try save(.face(scale: .nan))
    #expect(try note().contains("not numbers"))
    try save(TinyNetwork())
    #expect(try note().contains("[1, 3, 32, 32]"))
    try AtomicFile.write(Data("cut".utf8), to: learned.file)
    #expect(try note().contains("shape unknown"))
    try save(.face())
    try FileManager.default.removeItem(at: learned.recordFile)
    #expect(try note().contains("record.json"))
  }

  @Test(
    "A new network makes masks outdated, and forgetting it restores the old masks",
    .enabled(if: MaskNetwork.isBuiltIn, "the program was built without the network's weights"))
  func outdated() async throws {
    let crop = try dataset.add("a.png", hasAlpha: false)
    _ = try await dataset.stage(.network).run()
    let before = try Data(contentsOf: dataset.output.cutout(crop.id))
    #expect(try await dataset.stage(.network).run().isIdle)
    try save(.face())
    #expect(try await dataset.stage(.network).run().done == 1)
    #expect(try Data(contentsOf: dataset.output.cutout(crop.id)) != before)
    #expect(try await dataset.stage(.colorModel).run().done == 1)
    learned.forget()
    #expect(try await dataset.stage(.colorModel).run().isIdle, "the colour model does not depend on it")
    #expect(try await dataset.stage(.network).run().done == 1)
    #expect(try Data(contentsOf: dataset.output.cutout(crop.id)) == before)
  }
}
