import Dataset
import Foundation
import Imaging
import Ledger
import MaskModel
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
    "The built-in network masks the heads of sprites that it was not trained on",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"),
    .enabled(if: MaskNetwork.isBuiltIn, "the program was built without the network's weights"))
  func builtIn() throws {
    let renderer = try SpriteSceneRenderer(try #require(TestData.images))
    let network = try ForegroundExtractor(.network, models: noModels)
    let scores = try (0..<26).map { number in
      let scene = try renderer.scene(number, seed: 1)
      return MaskScore(try alpha(network(scene.subject)), scene.truth)
    }
    let found = MaskScores(scores)
    #expect(found.overlap > 0.9, "mean IoU \(found.overlap)")
    #expect(found.worstTenth > 0.65, "worst tenth \(found.worstTenth)")
    #expect(found.error < 0.07, "alpha error \(found.error)")
  }

  @Test(
    "A fine-tuned network gets the face at its position, in images of any shape", arguments: [64, 90, 128])
  func faceChannel(height: Int) throws {
    let folder = try TemporaryFolder()
    let file = folder.appending("network.weights")
    try AtomicFile.write(try MaskWeights.face().data, to: file)
    let extractor = try ForegroundExtractor(.network, learned: file, models: noModels)
    let image = ImageBuffer(width: 64, height: height, format: .rgb, filledWith: [90, 120, 150])
    let box = Box(x: 8, y: Double(height) / 2 - 6, width: 16, height: 16)
    let mask = try alpha(extractor(MaskSubject(image, face: FaceGuide(box: box))))
    #expect(mask.size == image.size)
    let center = box.center
    #expect(mask[Int(center.x), Int(center.y)] > 0.95)
    #expect(mask[60, height / 2] == 0 && mask[Int(center.x), height - 3] == 0 && mask[Int(center.x), 2] == 0)
  }

  @Test("A file that is not a mask network is refused with its reason")
  func invalid() throws {
    let folder = try TemporaryFolder()
    let file = folder.appending("network.weights")
    let good = try MaskWeights.face().data
    func reason(_ bytes: Data) throws -> String {
      try AtomicFile.write(bytes, to: file)
      do {
        try MaskNetwork(file).check()
        return "accepted"
      } catch let error as SegmentationFailure { return error.reason.rawValue }
    }
    #expect(try reason(good) == "accepted")
    var other = good
    other[12] = 96
    #expect(try reason(other) == "accepted", "another side is another input size")
    other[12] = 97
    #expect(try reason(other) == "model-unusable", "a side that is no multiple of 32")
    var numbers = good
    for index in numbers.indices.suffix(40) { numbers[index] = 0xFF }
    #expect(try reason(numbers) == "model-unusable", "not numbers")
    #expect(try reason(good.dropLast(40)) == "model-unusable", "cut off")
    #expect(try reason(Data(TinyNetwork().bytes)) == "model-unusable", "an ONNX file")
    #expect(try reason(Data()) == "model-unusable")
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

  private func save(_ bytes: Data? = nil, used: Bool = true) throws {
    try AtomicFile.write(try bytes ?? MaskWeights.face().data, to: learned.file)
    let scores = (#"{"alphaError":0.1,"meanIoU":0.8}"#, #"{"alphaError":0.05,"meanIoU":0.9}"#)
    try AtomicFile.write(
      Data(#"{"used":\#(used),"before":\#(scores.0),"after":\#(scores.1),"steps":300}"#.utf8),
      to: learned.recordFile)
  }

  @Test("A fine-tuned network is used only if its record says that it is better")
  func usedIfBetter() throws {
    let builtIn = learned.choice
    #expect(builtIn.file == nil && builtIn.note == nil)
    try save(used: false)
    #expect(learned.choice == builtIn)
    try save()
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
    try save(Data("cut".utf8))
    #expect(try note().contains("network.weights"))
    var numbers = try MaskWeights.face().data
    for index in numbers.indices.suffix(40) { numbers[index] = 0xFF }
    try save(numbers)
    #expect(try note().contains("easel mask --forget"))
    try save()
    try FileManager.default.removeItem(at: learned.recordFile)
    #expect(try note().contains("record.json"))
  }

  @Test(
    "A new network makes masks outdated, and removing it restores the old masks",
    .enabled(if: MaskNetwork.isBuiltIn, "the program was built without the network's weights"))
  func outdated() async throws {
    let crop = try dataset.add("a.png", hasAlpha: false)
    _ = try await dataset.stage(.network).run()
    let before = try Data(contentsOf: dataset.output.cutout(crop.id))
    #expect(try await dataset.stage(.network).run().isIdle)
    try save()
    #expect(try await dataset.stage(.network).run().done == 1)
    #expect(try Data(contentsOf: dataset.output.cutout(crop.id)) != before)
    #expect(try await dataset.stage(.colorModel).run().done == 1)
    learned.forget()
    #expect(try await dataset.stage(.colorModel).run().isIdle, "the color model does not depend on it")
    #expect(try await dataset.stage(.network).run().done == 1)
    #expect(try Data(contentsOf: dataset.output.cutout(crop.id)) == before)
  }
}
