import CurationFixture
import Dataset
import Foundation
import Imaging
import Ledger
import PublishedDataset
import TestSupport
import Testing

@testable import Curate

@Suite struct CurateStageTests {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  /// Writes different images called `0.png`, `1.png` and so on.
  private func pictures(_ numbers: Range<Int>, in source: String = "in", side: Int = 64) throws {
    for number in numbers {
      try fixture.write(Picture.patches(number, side: side), "\(number).png", in: source)
    }
  }

  private var input: URL { fixture.folder.appending("in") }

  @Test("The manifest has the documented fields and names files that exist")
  func manifestFields() async throws {
    try pictures(0..<20)
    let summary = try await fixture.curate(fixture.settings(), [.a: [input]])
    #expect(summary.done == 20)
    let lines = try String(contentsOf: fixture.output.metadata, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 20)
    for line in lines {
      let fields = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      // Only test samples have a nearest training sample.
      #expect(fields.keys.contains("nearest") == (fields["split"] as? String == "test"))
      #expect(
        Set(fields.keys).subtracting(["nearest"]) == [
          "file_name", "id", "domain", "split", "width", "height", "source", "face", "crop", "mask",
          "quality",
          "hash", "group", "decision",
        ])
      #expect((fields["source"] as? [String: Any])?["time"] is NSNull)
      #expect((fields["decision"] as? [String: Any])?["why"] is NSNull)
      #expect(((fields["crop"] as? [String: Any])?["matrix"] as? [Double])?.count == 6)
      let name = try #require(fields["file_name"] as? String)
      let image = try ImageFile.read(fixture.output.url.appendingPathComponent(name)).image
      #expect(image.size == PixelSize(width: 64, height: 64))
      #expect(image.format == .rgb)
    }
    let kept = try fixture.kept
    #expect(kept.filter { $0.split == .test }.count == 4)
    #expect(kept.map(\.id) == kept.map(\.id).sorted())
    let dataset = try DatasetSummary.read(fixture.output)
    #expect(dataset.counts["A"]?.train == 16 && dataset.counts["A"]?.test == 4)
  }

  @Test("A second run does nothing, and another output folder gets the same bytes")
  func repeatable() async throws {
    try pictures(0..<12)
    try fixture.write(Picture.patches(3).blurred(4), "blurred.png")
    let settings = fixture.settings()
    try await fixture.curate(settings, [.a: [input]])
    let files = try fixture.files(in: fixture.output)
    let second = try await fixture.curate(settings, [.a: [input]])
    #expect(second.isIdle && second.unchanged == 13)
    #expect(try fixture.files(in: fixture.output) == files)

    let other = try Fixture()
    try await other.curate(other.settings(), [.a: [input]])
    var (left, right) = (files, try other.files(in: other.output))
    // The settings contain the output folder, and the report links to the sources relative to it.
    for name in ["settings.yaml", "report/index.html"] { (left[name], right[name]) = (nil, nil) }
    #expect(left == right)
  }

  @Test("An interrupted run is completed with the same bytes, and other files are kept")
  func interrupted() async throws {
    try pictures(0..<12)
    let settings = fixture.settings()
    try await fixture.curate(settings, [.a: [input]])
    let files = try fixture.files(in: fixture.output)
    // The state after a kill: half of the images and the manifest are missing, one is incomplete, and the end is not recorded.
    let images = files.keys.filter { $0.hasSuffix(".png") }.sorted()
    for name in images.prefix(6) + ["metadata.jsonl"] {
      try FileManager.default.removeItem(at: fixture.output.url.appendingPathComponent(name))
    }
    try Data("half".utf8).write(
      to: fixture.output.samples(.train, .a).appendingPathComponent(".x.png.1-2.part"))
    try fixture.ledger.setCuration(nil)
    let foreign = fixture.output.samples(.train, .a).appendingPathComponent("mine.png")
    try Data("mine".utf8).write(to: foreign)
    try await fixture.curate(settings)
    var after = try fixture.files(in: fixture.output)
    #expect(after.removeValue(forKey: "trainA/mine.png") == Data("mine".utf8))
    #expect(after == files)
    let names = try FileManager.default.contentsOfDirectory(atPath: fixture.output.samples(.train, .a).path)
    #expect(!names.contains { $0.hasSuffix(".part") })
  }

  @Test("Files that are no longer part of the dataset are removed, and no others")
  func removed() async throws {
    try pictures(0..<12)
    let settings = fixture.settings()
    try await fixture.curate(settings, [.a: [input]])
    let foreign = fixture.output.url.appendingPathComponent("notes.txt")
    try Data("notes".utf8).write(to: foreign)
    let gone = try #require(try fixture.kept.first { $0.source.path == "5.png" }?.fileName)
    try FileManager.default.removeItem(at: input.appendingPathComponent("5.png"))
    try await fixture.curate(settings, [.a: [input]])
    #expect(try fixture.kept.count == 11)
    #expect(!FileManager.default.fileExists(atPath: fixture.output.url.appendingPathComponent(gone).path))
    #expect(try Data(contentsOf: foreign) == Data("notes".utf8))
  }

  @Test("Blurred, dark, broken and repeated images are rejected with a reason")
  func reasons() async throws {
    try pictures(0..<8, side: 128)
    try fixture.write(Picture.patches(20, side: 128).blurred(6), "blurred.png")
    try fixture.write(ImageBuffer(width: 128, height: 128, format: .rgb, filledWith: [9, 9, 9]), "dark.png")
    try AtomicFile.write(Array("not an image".utf8), to: input.appendingPathComponent("broken.jpg"))
    var cut = try Picture.patches(21).png()
    cut.removeLast(cut.count / 2)
    try AtomicFile.write(cut, to: input.appendingPathComponent("cut.png"))
    try AtomicFile.write(
      try Picture.patches(0, side: 128).png(), to: input.appendingPathComponent("sub/copy.png"))
    try await fixture.curate(fixture.settings(size: 128), [.a: [input]])
    let reasons = Dictionary(
      uniqueKeysWithValues: try fixture.rejected.map { ($0.source.path, $0.decision.why?.rawValue) })
    #expect(
      reasons == [
        "blurred.png": "blurred", "dark.png": "too-dark", "broken.jpg": "not-an-image",
        "cut.png": "truncated",
        "sub/copy.png": "duplicate-of",
      ])
    for sample in try fixture.rejected { #expect(sample.decision.detail?.isEmpty == false) }
    #expect(
      try fixture.rejected.first { $0.source.path == "blurred.png" }?.decision.detail?.contains(
        "is below the limit of 0.1") == true)
  }

  @Test("Of several sizes of an image the largest is kept")
  func largestCopy() async throws {
    try pictures(0..<6)
    let large = Picture.patches(40, side: 200)
    try fixture.write(large.resized(to: PixelSize(width: 90, height: 90)), "small.png")
    try fixture.write(large, "large.png")
    try AtomicFile.write(
      try large.resized(to: PixelSize(width: 150, height: 150)).jpeg(quality: 50),
      to: input.appendingPathComponent("again.jpg"))
    try await fixture.curate(fixture.settings(), [.a: [input]])
    let best = try #require(try fixture.kept.first { $0.source.path == "large.png" })
    let others = try fixture.rejected
    #expect(others.map(\.source.path) == ["again.jpg", "small.png"])
    for other in others {
      #expect(other.decision.why == .duplicateOf)
      #expect(other.decision.duplicateOf == best.id)
      #expect(other.group == best.group && best.group != nil)
    }
    for other in others {
      // The reason contains the deciding measure with both values.
      let detail = try #require(other.decision.detail)
      #expect(detail.contains("that one is kept because") && detail.contains(" against "), "\(detail)")
    }
  }

  @Test("A user's decision overrides the rules, also after they change")
  func personDecides() async throws {
    try pictures(0..<8, side: 128)
    try fixture.write(Picture.patches(20, side: 128).blurred(6), "blurred.png")
    var settings = fixture.settings(size: 128)
    try await fixture.curate(settings, [.a: [input]])
    let blurred = try #require(try fixture.rejected.first { $0.source.path == "blurred.png" }?.id)
    let sharp = try #require(try fixture.kept.first { $0.source.path == "3.png" }?.id)
    try fixture.ledger.record(DecisionRow(id: blurred, author: .person, keep: true))
    try fixture.ledger.record(DecisionRow(id: sharp, author: .person, keep: false, reason: .rejectedByPerson))
    for least in [0.1, 0.15] {
      settings.curate.keepIf = [CurateSettings.Rule(measure: .sharpness, minimum: least)]
      try await fixture.curate(settings)
      #expect(try fixture.kept.first { $0.id == blurred }?.decision.by == .person)
      #expect(try fixture.rejected.first { $0.id == sharp }?.decision.why == .rejectedByPerson)
    }
  }

  @Test("Test samples stay test samples when images are added")
  func stableSplit() async throws {
    try pictures(0..<24)
    let settings = fixture.settings(test: 6)
    try await fixture.curate(settings, [.a: [input]])
    let before = try fixture.kept
    try pictures(24..<60)
    let summary = try await fixture.curate(settings, [.a: [input]])
    let after = Dictionary(uniqueKeysWithValues: try fixture.kept.map { ($0.id, $0.split) })
    for sample in before { #expect(after[sample.id] == sample.split) }
    #expect(after.count == 60 && after.values.filter { $0 == .test }.count == 6)
    #expect(summary.done == 36 && summary.unchanged == 24)
  }

  @Test("A group is never split between train and test")
  func wholeGroups() {
    let groups = (0..<40).map { group in (0...group % 5).map { "\(group)-\($0)" } }
    for seed in 0..<5 {
      let splitter = Splitter(asked: 25, seed: seed)
      let test = splitter.test(of: groups, before: [])
      #expect(test.count <= 25 && test.count > 20)
      for group in groups { #expect(Set(group).isSubset(of: test) || test.isDisjoint(with: group)) }
      // A new or grown group does not change the split of others.
      let more = splitter.test(of: groups + [["new"]], before: test)
      #expect(test.isSubset(of: more))
    }
    #expect(Splitter(asked: 100, seed: 0).limit(of: 20) == 5)
  }

  @Test("A domain without any kept sample is an error, and the published dataset does not change")
  func nothingLeft() async throws {
    try pictures(0..<8)
    var settings = fixture.settings()
    try await fixture.curate(settings, [.a: [input]])
    let files = try fixture.files(in: fixture.output)
    settings.curate.keepIf = [CurateSettings.Rule(measure: .nativeFace, minimum: 500)]
    await #expect {
      try await fixture.curate(settings)
    } throws: { "\($0)".contains("8 as native-face-too-low") }
    #expect(try fixture.files(in: fixture.output) == files)
    settings = fixture.settings([.a, .b])
    await #expect { try await fixture.curate(settings) } throws: {
      "\($0)".contains("domain B has no images")
    }
  }

  @Test("A domain's own rules override the common ones")
  func domainRules() async throws {
    try pictures(0..<8, side: 128)
    try fixture.write(Picture.patches(20, side: 128).blurred(6), "blurred.png")
    var settings = fixture.settings(size: 128)
    settings[.a].keepIf = [CurateSettings.Rule(measure: .sharpness, minimum: 0)]
    try await fixture.curate(settings, [.a: [input]])
    #expect(try fixture.kept.count == 9)
    settings[.a].keepIf = [CurateSettings.Rule(measure: .nativeFace, minimum: 0, maximum: 127)]
    await #expect {
      try await fixture.curate(settings)
    } throws: { "\($0)".contains("9 as native-face-too-high") }
  }

  @Test("A rejection by a rule has its measure, value and threshold as fields")
  func decisionFields() async throws {
    try pictures(0..<8, side: 128)
    try fixture.write(Picture.patches(20, side: 128).blurred(6), "blurred.png")
    try await fixture.curate(fixture.settings(size: 128), [.a: [input]])
    let sample = try #require(try fixture.rejected.first)
    #expect(sample.decision.measure == "sharpness" && sample.decision.threshold == 0.1)
    #expect(sample.decision.value == sample.quality?["sharpness"])
  }

  @Test("The manifest has weights only if the settings ask for them")
  func weights() async throws {
    try pictures(0..<16)
    var settings = fixture.settings()
    try await fixture.curate(settings, [.a: [input]])
    #expect(try fixture.kept.allSatisfy { $0.weight == nil })
    settings.curate.balanceWeights = true
    try await fixture.curate(settings)
    let kept = try fixture.kept
    #expect(kept.allSatisfy { ($0.weight != nil) == ($0.split == .train) })
  }

  @Test("A dataset whose ledger was lost or emptied is refused, not overwritten")
  func lostLedger() async throws {
    try pictures(0..<8)
    try await fixture.curate(fixture.settings(), [.a: [input]])
    let before = try Data(contentsOf: fixture.output.metadata)
    let other = try Fixture()
    try FileManager.default.copyItem(at: fixture.output.metadata, to: other.output.metadata)
    await #expect {
      try await other.curate(other.settings(), [.a: [input]])
    } throws: { "\($0)".contains("is not in the ledger") }
    #expect(try Data(contentsOf: other.output.metadata) == before)
    let emptied = OutputFolder(fixture.folder.appending("emptied"))
    try AtomicFile.write(Array(before), to: emptied.metadata)
    try AtomicFile.write([UInt8](), to: emptied.ledger)
    #expect(throws: OutputError.self) { try emptied.claim() }
  }

  @Test("A manifest with absurd numbers, missing fields or broken JSON is refused with its line")
  func damagedManifests() async throws {
    try pictures(0..<8)
    try await fixture.curate(fixture.settings(), [.a: [input]])
    let lines = try String(contentsOf: fixture.output.metadata, encoding: .utf8).split(separator: "\n").map(
      String.init)
    let file = fixture.folder.appending("manifest.jsonl")
    func expect(_ second: String, _ words: String) throws {
      try Data("\(lines[0])\n\(second)\n".utf8).write(to: file)
      #expect { _ = try ManifestFile.read(file) } throws: {
        "\($0)".contains("line 2") && "\($0)".contains(words)
      }
    }
    try expect(lines[1].replacing("\"width\":64", with: "\"width\":1000000000000"), "width of 1000000000000")
    try expect(lines[1].replacing("\"domain\":\"A\"", with: "\"domain\":\"C\""), "domain")
    try expect(lines[1].replacing("\"id\":", with: "\"ID\":"), "id is missing")
    try expect(lines[1].replacing("\"score\":1", with: "\"score\":1e30"), "out of range")
    try expect(
      lines[1].replacing("\"file_name\":\"", with: "\"file_name\":\"../"), "not a path in the dataset")
    try expect(lines[1].replacing("\"box\":[0", with: "\"box\":[null"), "the field face.box has no value")
    try expect(lines[1].replacing("\"score\":1", with: "\"score\":NaN"), "not valid JSON")
    try expect("{", "not valid JSON")
  }

  @Test("If a crop in the store is damaged after it was measured, the error says how to make it again")
  func damagedCrop() async throws {
    try pictures(0..<8)
    try await fixture.curate(fixture.settings(), [.a: [input]])
    let sample = try #require(try fixture.kept.first)
    try Data("no image".utf8).write(to: fixture.output.crop(sample.id))
    let published = fixture.output.url.appendingPathComponent(try #require(sample.fileName))
    try FileManager.default.removeItem(at: published)
    await #expect {
      _ = try await fixture.curate(fixture.settings())
    } throws: {
      "\($0)".contains(fixture.output.crop(sample.id).path) && "\($0)".contains("run easel run")
    }
  }

  @Test("A dry run writes nothing")
  func dryRun() async throws {
    try pictures(0..<8)
    let summary = try await fixture.curate(fixture.settings(), [.a: [input]], dryRun: true)
    #expect(summary.done == 8)
    #expect(try fixture.files(in: fixture.output).isEmpty)
    #expect(try fixture.ledger.measures().isEmpty)
  }

  @Test("Transparent parts get the background of the settings")
  func background() async throws {
    let alpha = ImageBuffer(width: 64, height: 64, format: .gray, filledWith: [0])
    for number in 0..<4 {
      var plane = alpha
      plane.paste(ImageBuffer(width: 40, height: 40, format: .gray, filledWith: [255]), x: 12, y: 12)
      try fixture.write(Picture.patches(number).withAlpha(plane), "\(number).png")
    }
    var settings = fixture.settings(test: 1)
    settings.background = .color(red: 1, green: 2, blue: 3)
    try await fixture.curate(settings, [.a: [input]])
    let sample = try #require(try fixture.kept.first)
    #expect(sample.mask?.method == "alpha")
    let file = fixture.output.url.appendingPathComponent(try #require(sample.fileName))
    #expect(Array(try ImageFile.read(file).image[0, 0]) == [1, 2, 3])
    settings.background = .transparent
    try await fixture.curate(settings)
    #expect(try ImageFile.read(file).image.format == .rgba)
  }

  @Test("A manifest that was edited by hand is kept beside the new one")
  func editedManifest() async throws {
    try pictures(0..<8)
    try await fixture.curate(fixture.settings(), [.a: [input]])
    try Data("mine\n".utf8).write(to: fixture.output.metadata)
    #expect(throws: DatasetError.self) { try ManifestFile.read(fixture.output.metadata) }
    let summary = try await fixture.curate(fixture.settings())
    #expect(summary.notes.contains { $0.contains("changed by hand") })
    #expect(try fixture.kept.count == 8)
    let edited = fixture.output.metadata.appendingPathExtension("edited")
    #expect(try Data(contentsOf: edited) == Data("mine\n".utf8))
  }
}
