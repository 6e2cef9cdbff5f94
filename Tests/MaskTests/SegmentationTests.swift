import Dataset
import Foundation
import Imaging
import Mask
import MaskScenes
import TestSupport
import Testing
import Vision

@Suite struct SegmentationTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Puts a network with a card into the folder.
  private func bring(_ network: TinyNetwork, card: String?) throws -> URL {
    let url = folder.appending("own.onnx")
    try AtomicFile.write(network.bytes, to: url)
    if let card { try AtomicFile.write(Data(card.utf8), to: folder.appending("own.json")) }
    return url
  }

  private func mask(
    _ network: TinyNetwork, card: String?, image: ImageBuffer? = nil
  ) throws -> Cutout {
    let url = try bring(network, card: card)
    return try ForegroundExtractor(.segment, model: "own") { _ in url }(MaskSubject(image ?? disc))
  }

  private func failure(_ network: TinyNetwork, card: String?) -> (reason: String, sentence: String) {
    do {
      return ("none: \(try mask(network, card: card).summary)", "")
    } catch {
      let failure = error as? any ItemFailure
      return (failure?.reason.rawValue ?? "\(error)", failure?.sentence ?? "")
    }
  }

  /// A red disc on blue.
  private var disc: ImageBuffer {
    var image = ImageBuffer(width: 64, height: 64, format: .rgb, filledWith: [20, 30, 220])
    for y in 0..<64 {
      for x in 0..<64 where (x - 32) * (x - 32) + (y - 36) * (y - 36) < 400 {
        image.bytes.replaceSubrange((y * 64 + x) * 3..<(y * 64 + x) * 3 + 3, with: [230, 40, 30])
      }
    }
    return image
  }

  private let share = 400 * Double.pi / (64 * 64)

  @Test(
    "A user's network runs as its model card says",
    arguments: [
      #"{"width": 32, "height": 32, "order": "rgb"}"#,
      #"{"width": 32, "height": 32, "order": "rgb", "activation": "range"}"#,
      #"{"width": 32, "height": 32, "fit": "letterbox", "output": "y", "mean": [128, 128, 128], "deviation": [9, 9, 9],"#
        + #" "activation": "sigmoid"}"#,
    ]) func modelCard(card: String) throws
  {
    let cutout = try mask(TinyNetwork(), card: card)
    #expect(abs(cutout.summary.coverage - share) < 0.03, "\(cutout.summary)")
    #expect(cutout.summary.method == "segment")
  }

  @Test("Foreground classes are added up, and channels are in the order of the card") func classes() throws {
    // Red, green and blue are the logits of three classes.
    let network = TinyNetwork(filters: [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    let card =
      #"{"width": 32, "height": 32, "deviation": [9, 9, 9], "activation": "softmax", "foreground": [0, 1]"#
    let red = try mask(network, card: card + "}")
    #expect(abs(red.summary.coverage - share) < 0.03)
    let blue = try mask(network, card: card + #", "order": "bgr"}"#)
    #expect(abs(blue.summary.coverage - (1 - share)) < 0.1)
  }

  @Test("A letterboxed image gets a mask of its own shape") func letterbox() throws {
    var wide = ImageBuffer(width: 128, height: 64, format: .rgb, filledWith: [20, 30, 220])
    let half = disc
    for y in 0..<64 {
      wide.bytes.replaceSubrange(y * 384..<y * 384 + 192, with: half.bytes[y * 192..<y * 192 + 192])
    }
    let card = #"{"width": 32, "height": 32, "fit": "letterbox"}"#
    let cutout = try mask(TinyNetwork(), card: card, image: wide)
    let alpha = Plane(try #require(cutout.image.alpha))
    #expect(alpha[32, 36] == 1)
    #expect(alpha[96, 36] == 0)
  }

  @Test("An unusable network is refused with its reason") func unusableNetwork() throws {
    let card = #"{"width": 32, "height": 32}"#
    let unknown = failure(TinyNetwork(operation: "Frobnicate"), card: card)
    #expect(unknown.reason == "model-unreadable")
    #expect(unknown.sentence.contains("Frobnicate") || unknown.sentence.contains("only"), "\(unknown)")
    #expect(unknown.sentence.contains("SINet"), "the sentence names a network that loads")
    #expect(failure(TinyNetwork(filters: [[0, 0, 0]]), card: card).reason == "network-blank")
    #expect(
      failure(TinyNetwork(), card: #"{"width": 32, "height": 32, "figure": [3]}"#).reason == "model-unusable")
    let typo = failure(TinyNetwork(), card: #"{"width": 32, "heigth": 32}"#)
    #expect(typo.reason == "model-card")
    #expect(typo.sentence.contains("heigth"))
    try FileManager.default.removeItem(at: folder.appending("own.json"))
    #expect(failure(TinyNetwork(), card: nil).reason == "model-card")
  }

  @Test("An unreadable network fails its items, and a repaired file is tried again") func unreadableNetwork()
    async throws
  {
    let dataset = try MaskDataset()
    try ["a.png", "b.png"].forEach { try dataset.add($0) }
    let url = try bring(TinyNetwork(operation: "Frobnicate"), card: #"{"width": 32, "height": 32}"#)
    let stage = MaskStage(
      settings: dataset.settings(.segment), output: dataset.output, ledger: dataset.ledger, jobs: 2,
      reporter: SilentReporter()
    ) { _ in url }
    #expect(try await stage.run().failed == ["model-unreadable": 2])
    try AtomicFile.write(TinyNetwork().bytes, to: url)
    #expect(try await stage.run().done == 2, "a repaired file is tried again")
  }
}
