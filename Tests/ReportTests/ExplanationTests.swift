import CurationFixture
import Dataset
import Foundation
import Imaging
import Ledger
import PublishedDataset
import TestSupport
import Testing

@testable import Report

@Suite struct ExplanationTests {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  private var input: URL { fixture.folder.appending("in") }

  private func story(_ name: String, _ settings: Settings) throws -> ImageStory {
    let stories = try Explanation(settings: settings, output: fixture.output, ledger: fixture.ledger).stories(
      of: name)
    #expect(stories.count == 1)
    return try #require(stories.first)
  }

  @Test("An image is found by its file, its published name and its id")
  func findsImage() async throws {
    for number in 0..<8 { try fixture.write(Picture.patches(number), "\(number).png") }
    let settings = fixture.settings()
    try await fixture.curate(settings, [.a: [input]])
    let sample = try #require(try fixture.kept.first { $0.split == .test })
    let published = try #require(sample.fileName)
    let names = [
      sample.id, published, fixture.output.url.appendingPathComponent(published).path, sample.source.path,
      input.appendingPathComponent(sample.source.path).path,
    ]
    for name in names {
      let story = try story(name, settings)
      #expect(story.faces.map(\.sample) == [sample], "\(name)")
      let text = story.lines.joined(separator: "\n")
      #expect(text.contains(published) && text.contains("kept by the rules") && text.contains("nearest"))
      #expect(text.contains("sharpness") && text.contains("at least 0.1"))
    }
    #expect { _ = try self.story("nowhere.png", settings) } throws: { "\($0)".contains("nowhere.png") }
  }

  @Test("The reason why an image is rejected is explained")
  func explainsRejection() async throws {
    for number in 0..<8 { try fixture.write(Picture.patches(number), "\(number).png") }
    try fixture.write(Picture.patches(20, side: 128).blurred(8), "blurred.png")
    let large = Picture.patches(40, side: 200)
    try fixture.write(large, "large.png")
    try fixture.write(large.resized(to: PixelSize(width: 90, height: 90)), "small.png")
    try fixture.write(large, "sub/again.png")
    try AtomicFile.write(Array("no image".utf8), to: input.appendingPathComponent("broken.jpg"))
    let settings = fixture.settings()
    try await fixture.curate(settings, [.a: [input]])

    let blurred = try story("blurred.png", settings)
    #expect(blurred.faces.first?.rules.contains { $0.measure == .sharpness && !$0.holds } == true)
    #expect(blurred.lines.contains { $0.contains("rejected") && $0.contains("blurred") })
    let best = try story("large.png", settings)
    let small = try story("small.png", settings)
    #expect(best.faces.first?.copies.first?.hasPrefix("small.png") == true)
    #expect(small.lines.contains { $0.contains("duplicate-of") && $0.contains("large.png") })
    #expect(try story("sub/again.png", settings).sameBytes == ["sub/again.png"])
    let broken = try story("broken.jpg", settings)
    #expect(broken.faces.isEmpty && broken.why != nil && broken.detail != nil)

    try fixture.ledger.record(
      DecisionRow(id: small.faces[0].sample.id, author: .person, keep: true))
    #expect(try story("small.png", settings).faces[0].person == true)
    try FileManager.default.removeItem(at: input.appendingPathComponent("blurred.png"))
    try await fixture.curate(settings, [.a: [input]])
    #expect(try !story("blurred.png", settings).isPresent)
  }
}
