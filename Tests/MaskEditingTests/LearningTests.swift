import Dataset
import Foundation
import Imaging
import Ledger
import Mask
import MaskEditing
import MaskScenes
import TestSupport
import Testing
import Vision

/// Which masks a dataset's network learns from.
struct LearningTests {
  private let dataset: MaskDataset

  init() throws { dataset = try MaskDataset() }

  private var edits: EditFolder { EditFolder(dataset.output) }
  private var stage: MaskStage { dataset.stage(.auto) }

  /// A crop whose mask was corrected: a disc, of which a corner is foreground too.
  @discardableResult
  private func corrected(_ name: String, _ label: BrushLayer.Label = .foreground, whole: Bool = false) throws
    -> CropRow
  {
    let crop = try dataset.add(name)
    var layer = BrushLayer(size: PixelSize(width: 64, height: 64))
    let side = whole ? 64 : 8
    for y in 0..<side { for x in 0..<side { layer[x, y] = label } }
    try edits.save(MaskEdit(layer: layer, matrix: .identity), of: crop.id)
    return crop
  }

  private func failure(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "none"
    } catch { return (error as? any ItemFailure)?.reason.rawValue ?? "\(error)" }
  }

  @Test("Without corrections there is nothing to learn from") func nothing() async throws {
    try dataset.add("a.png")
    _ = try await stage.run()
    #expect(failure { _ = try LearningSamples(of: stage) } == "nothing-to-learn")
    #expect(try LearningSamples.correctedCount(of: stage) == 0)
  }

  @Test("Corrections of too few pictures are refused, and empty and full masks do not count") func tooFew()
    throws
  {
    for number in 0..<4 { try corrected("\(number).png") }
    try corrected("empty.png", .background, whole: true)
    try corrected("full.png", .foreground, whole: true)
    #expect(try LearningSamples.correctedCount(of: stage) == 6)
    #expect(failure { _ = try LearningSamples(of: stage) } == "too-few-pictures")
    try corrected("4.png")
    let samples = try LearningSamples(of: stage)
    #expect(Set(samples.refused.compactMap(\.why)) == ["mask-empty", "mask-full"])
    #expect(samples.refused.allSatisfy { $0.detail?.contains("not learnt from") == true })
    #expect(samples.items.count == 5)
  }

  @Test("Pictures are held out as a whole, always the same ones, and accepted masks are only trained on")
  func heldOut() async throws {
    for number in 0..<10 { try corrected("\(number).png") }
    let accepted = try dataset.add("accepted.png")
    let opaque = try dataset.add("unmasked.png", hasAlpha: false)
    _ = try await stage.run()
    for id in [accepted.id, opaque.id] {
      try dataset.ledger.record(DecisionRow(id: id, author: .person, keep: true))
    }
    let (first, second) = (try LearningSamples(of: stage), try LearningSamples(of: stage))
    #expect(first.items == second.items)
    #expect(first.items.count { $0.isHeldOut } == 2)
    #expect(first.items.filter(\.isHeldOut).allSatisfy { $0.kind == .corrected })
    #expect(first.items.contains { $0.id == accepted.id && $0.kind == .accepted })
  }

  @Test("Training samples are crops with the corrected mask as alpha and the face's box") func written()
    throws
  {
    for number in 0..<6 { try corrected("\(number).png") }
    let samples = try LearningSamples(of: stage)
    let folder = dataset.folder.appending("samples")
    let digest = try samples.write(to: folder)
    #expect(try samples.write(to: folder).hex == digest.hex)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(files == ["0000.png", "0001.png", "0002.png", "0003.png", "samples.json"])
    let image = try ImageFile.read(folder.appendingPathComponent("0000.png")).image
    #expect(image.format == .rgba && image.size == PixelSize(width: 64, height: 64))
    let alpha = Plane(try #require(image.alpha))
    #expect(alpha[2, 2] == 1, "the painted corner")
    #expect(alpha[32, 32] == 1 && alpha[60, 60] == 0)
    let list = try JSONSerialization.jsonObject(
      with: Data(contentsOf: folder.appendingPathComponent("samples.json")))
    let entry = try #require((list as? [[String: Any]])?.first)
    #expect((entry["face"] as? [Double])?.count == 4)
    #expect(entry["kind"] as? String == "corrected" && entry["file"] as? String == "0000.png")
  }

  @Test("The error of a network is measured on the masks held out") func measured() throws {
    for number in 0..<8 { try corrected("\(number).png") }
    let samples = try LearningSamples(of: stage)
    let file = dataset.folder.appending("network.onnx")
    try AtomicFile.write(TinyNetwork.face().bytes, to: file)
    // The network marks the face, which is smaller than the disc of radius 20.
    let error = try samples.error(of: file)
    #expect(error > 0.05 && error < 0.35, "\(error)")
    try AtomicFile.write(TinyNetwork.face(scale: .nan).bytes, to: file)
    #expect(failure { _ = try samples.error(of: file) } == "no-numbers")
  }
}
