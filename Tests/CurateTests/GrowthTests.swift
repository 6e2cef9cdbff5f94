import CurationFixture
import Dataset
import Foundation
import GRDB
import Imaging
import Ledger
import TestSupport
import Testing

@testable import Curate

@Suite struct GrowthTests {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  private var input: URL { fixture.folder.appending("in") }

  private func pictures(_ numbers: Range<Int>) throws {
    for number in numbers { try fixture.write(Picture.patches(number), "\(number).png") }
  }

  @Test("Only added images are measured and compared")
  func onlyNew() async throws {
    try pictures(0..<30)
    try fixture.write(Picture.patches(3).blurred(0.6), "copy of 3.png")
    let settings = fixture.settings()
    try await fixture.curate(settings, [.a: [input]])
    // New computations would remove these marks.
    let measured = try fixture.ledger.measures()
    for var row in measured.values {
      row.quality["mark"] = 1
      try fixture.ledger.record(row)
    }
    let compared = try comparisons()
    #expect(!compared.isEmpty)
    for var row in compared {
      row.worst += 0.001
      try fixture.ledger.record([row])
    }
    try pictures(30..<35)
    let summary = try await fixture.curate(settings, [.a: [input]])
    #expect(summary.done == 5)
    let after = try fixture.ledger.measures()
    #expect(after.count == 36 && after.values.count { $0.quality["mark"] == nil } == 5)
    let kept = try comparisons()
    for row in compared {
      let same = kept.first { $0.first == row.first && $0.second == row.second }
      #expect(same?.worst == row.worst + 0.001)
    }
  }

  private func comparisons() throws -> [ComparisonRow] {
    let queue = try DatabaseQueue(path: fixture.output.ledger.path)
    defer { try? queue.close() }
    return try queue.read { try ComparisonRow.fetchAll($0) }
  }

  @Test("Other thresholds need no new comparison of pixels")
  func rememberedComparisons() async throws {
    try pictures(0..<12)
    let large = Picture.patches(40, side: 200)
    try fixture.write(large, "large.png")
    try fixture.write(large.resized(to: PixelSize(width: 90, height: 90)), "small.png")
    var settings = fixture.settings()
    try await fixture.curate(settings, [.a: [input]])
    let before = try comparisons()
    settings.curate.duplicateConfirm = 0.9
    try await fixture.curate(settings)
    #expect(try comparisons() == before)
    #expect(try fixture.rejected.map(\.source.path) == ["small.png"])
  }

  @Test("At most a quarter of the samples are test samples")
  func tooManyTest() async throws {
    try pictures(0..<12)
    let summary = try await fixture.curate(fixture.settings(test: 1000), [.a: [input]])
    let kept = try fixture.kept
    #expect(kept.count { $0.split == .test } == 3 && kept.count { $0.split == .train } == 9)
    #expect(summary.notes.contains { $0.contains("instead of 1000, because at most a quarter") })
  }

  @Test("A folder that is named twice is read once")
  func folderTwice() async throws {
    try pictures(0..<8)
    try await fixture.curate(fixture.settings(), [.a: [input, input]])
    #expect(try fixture.kept.count == 8)
    #expect(try fixture.rejected.isEmpty)
  }

  @Test("An output file that cannot be written loses nothing")
  func unwritable() async throws {
    try pictures(0..<8)
    try await fixture.curate(fixture.settings(), [.a: [input]])
    let before = try fixture.files(in: fixture.output)
    // A folder with the name of an output file cannot be overwritten, not even by root.
    try FileManager.default.removeItem(at: fixture.output.metadata)
    try FileManager.default.createDirectory(
      at: fixture.output.metadata.appendingPathComponent("x"), withIntermediateDirectories: true)
    await #expect(throws: WriteError.self) { try await fixture.curate(fixture.settings()) }
    try FileManager.default.removeItem(at: fixture.output.metadata)
    try await fixture.curate(fixture.settings())
    #expect(try fixture.files(in: fixture.output) == before)
  }

  @Test("Each test sample names the most similar training sample")
  func nearest() async throws {
    try pictures(0..<20)
    try await fixture.curate(fixture.settings(), [.a: [input]])
    let kept = try fixture.kept
    let train = Set(kept.filter { $0.split == .train }.map(\.id))
    for sample in kept where sample.split == .test {
      let nearest = try #require(sample.nearest)
      #expect(train.contains(nearest.id) && nearest.correlation < 0.95 && nearest.likeness == nil)
      let rival = try #require(kept.first { $0.id == nearest.id })
      let hashes = [sample, rival].compactMap { PerceptualHash($0.hash ?? "") }
      #expect(hashes[0].distance(to: hashes[1]) == nearest.distance)
    }
  }
}
