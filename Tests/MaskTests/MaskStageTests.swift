import Dataset
import Foundation
import Imaging
import Ledger
import Mask
import MaskScenes
import TestSupport
import Testing

@Suite struct MaskStageTests {
  private let dataset: MaskDataset

  init() throws { dataset = try MaskDataset() }

  private var folder: TemporaryFolder { dataset.folder }
  private var output: OutputFolder { dataset.output }
  private var ledger: Ledger { dataset.ledger }

  private func stage(_ method: MaskSettings.Method) -> MaskStage { dataset.stage(method) }

  @discardableResult
  private func add(_ name: String, hasAlpha: Bool = true, digest: String = "c1") throws -> CropRow {
    try dataset.add(name, hasAlpha: hasAlpha, digest: digest)
  }

  @Test("A second run masks nothing, and only a deleted cutout is made again") func secondRun() async throws {
    let crops = try ["a.png", "b.png", "c.png"].map { try add($0) }
    let first = try await stage(.auto).run()
    #expect(first.done == 3)
    #expect(try ledger.masks().values.allSatisfy { $0.summary.method == "alpha" })
    let bytes = try Data(contentsOf: output.cutout(crops[1].id))
    let second = try await stage(.auto).run()
    #expect(second.isIdle)
    #expect(second.unchanged == 3)
    try FileManager.default.removeItem(at: output.cutout(crops[1].id))
    let third = try await stage(.auto).run()
    #expect((third.done, third.unchanged) == (1, 2))
    #expect(try Data(contentsOf: output.cutout(crops[1].id)) == bytes)
  }

  @Test("Changed settings or a changed crop make a mask outdated") func outdatedMask() async throws {
    try add("a.png")
    _ = try await stage(.auto).run()
    let other = try await stage(.colorModel).run()
    #expect(other.done == 1)
    #expect(try ledger.masks().values.map(\.summary.method) == ["color-model"])
    try add("a.png", digest: "c2")
    #expect(try await stage(.colorModel).run().done == 1)
  }

  @Test("A broken crop is reported and does not stop the others") func brokenCrop() async throws {
    let crops = try ["a.png", "b.png", "c.png"].map { try add($0) }
    try FileManager.default.removeItem(at: output.crop(crops[0].id))
    try Data("no picture".utf8).write(to: output.crop(crops[1].id))
    let summary = try await stage(.auto).run()
    #expect(summary.done == 1)
    #expect(summary.failed == ["missing": 1, "not-an-image": 1])
    #expect(try ledger.masks()[crops[1].id]?.reason == "not-an-image")
    #expect(
      try await stage(.auto).run().failed == summary.failed, "a failure that can be repaired is tried again")
  }

  @Test("A failure that only other settings can fix is not tried again") func finalFailure() async throws {
    let crop = try add("a.jpg", hasAlpha: false)
    let first = try await stage(.alpha).run()
    #expect(first.failed == ["no-alpha": 1])
    #expect(try ledger.masks()[crop.id]?.reason == "no-alpha")
    #expect(try await stage(.alpha).run().isIdle)
    #expect(try await stage(.colorModel).run().done == 1)
  }

  @Test("A dry run counts and writes nothing") func dryRun() async throws {
    let crop = try add("a.png")
    var stage = stage(.auto)
    stage.dryRun = true
    let summary = try await stage.run()
    #expect(summary.notes == ["1 of 1 crops would be masked"])
    #expect(try ledger.masks().isEmpty)
    #expect(!FileManager.default.fileExists(atPath: output.cutout(crop.id).path))
  }

  @Test("A plain folder keeps relative paths and reports files that are not images") func plainFolder()
    async throws
  {
    let inputs = folder.appending("in")
    let picture = ImageBuffer(width: 48, height: 48, format: .rgb, filledWith: [90, 120, 60])
    for name in ["x.png", "deep/x.png", "deep/y.png"] {
      try AtomicFile.write(try picture.png(), to: inputs.appendingPathComponent(name))
    }
    try Data("words".utf8).write(to: inputs.appendingPathComponent("notes"))
    var mask = MaskFolder([inputs.path], to: folder.appending("out2"))
    (mask.method, mask.background) = (.none, .color(red: 1, green: 2, blue: 3))
    let summary = try await mask.run(reporter: SilentReporter()) { _ in throw MaskError("no-model", "none") }
    #expect(summary.done == 3)
    #expect(summary.skipped == ["not-an-image": 1])
    let made = FolderScan(folder.appending("out2").path).files
    #expect(made == ["deep/x.png", "deep/y.png", "x.png"])
    #expect(try ImageFile.read(folder.appending("out2/x.png")).image == picture)
  }
}
