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

/// The training samples of a dataset's mask network.
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
    #expect(try LearningSamples.corrected(of: stage).isEmpty)
  }

  @Test("Corrections of too few images are refused, and empty and full masks do not count") func tooFew()
    throws
  {
    for number in 0..<4 { try corrected("\(number).png") }
    try corrected("empty.png", .background, whole: true)
    try corrected("full.png", .foreground, whole: true)
    #expect(try LearningSamples.corrected(of: stage).count == 6)
    #expect(failure { _ = try LearningSamples(of: stage) } == "too-few-pictures")
    try corrected("4.png")
    let samples = try LearningSamples(of: stage)
    #expect(Set(samples.refused.compactMap(\.why)) == ["mask-empty", "mask-full"])
    #expect(samples.refused.allSatisfy { $0.detail?.contains("not used for training") == true })
    #expect(samples.items.count == 5)
  }

  @Test("Accepted masks are used as well, but not samples without a mask or with a mask that is rejected")
  func accepted() async throws {
    for number in 0..<6 { try corrected("\(number).png") }
    let (accepted, rejected) = (try dataset.add("accepted.png"), try dataset.add("rejected.png"))
    _ = try await stage.run()
    let late = try dataset.add("unmasked.png")
    for (id, keep) in [(accepted.id, true), (late.id, true), (rejected.id, false)] {
      try dataset.ledger.record(DecisionRow(id: id, author: .person, keep: keep))
    }
    let items = try LearningSamples(of: stage).items
    #expect(items == (try LearningSamples(of: stage).items))
    #expect(items.count { $0.kind == .corrected } == 6)
    #expect(items.filter { $0.kind == .accepted }.map(\.id) == [accepted.id])
  }

  @Test("The list contains crop, mask, face and image of every sample") func list() throws {
    for number in 0..<6 { try corrected("\(number).png") }
    let samples = try LearningSamples(of: stage)
    let file = try samples.write(to: dataset.folder.appending("samples"))
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(
      try String(contentsOf: samples.write(to: dataset.folder.appending("samples")), encoding: .utf8) == text)
    let rows = text.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
    #expect(rows.count == 7 && rows.allSatisfy { $0.count == 7 })
    let mask = Plane(try ImageFile.read(path: rows[1][1]).image)
    #expect(mask.size == PixelSize(width: 64, height: 64))
    #expect(mask[2, 2] == 1, "the painted corner")
    #expect(mask[32, 32] == 1 && mask[60, 60] == 0)
    let face = rows[1][2..<6].compactMap(Double.init)
    #expect(face.count == 4 && face[0] < 32 && face[2] > 32 && face[1] < 32 && face[3] > 32)
    #expect(Set(rows.dropFirst().map { $0[6] }).count == 6)
  }

  @Test("A trainer that fails or is stopped changes nothing") func stopped() async throws {
    for number in 0..<6 { try corrected("\(number).png") }
    let before = LearnedMaskNetwork(dataset.output).choice
    let learning = MaskLearning(of: stage, trainer: "/bin/false", reporter: SilentReporter())
    let error = await #expect(throws: MaskError.self) { try await learning.run() }
    #expect(error?.reason == "learning-failed")
    #expect(LearnedMaskNetwork(dataset.output).choice == before)
  }
}
