import CurationFixture
import Dataset
import Foundation
import Imaging
import Ledger
import TestSupport
import Testing

@testable import Curate

/// The most varied samples: `curate: choose`.
@Suite struct ChoiceTests {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  private var input: URL { fixture.folder.appending("in") }

  @Test("`choose` keeps the most varied samples, each with a reason, and the same ones again")
  func choose() async throws {
    // Eight dark images that differ little, and four bright ones.
    for number in 0..<12 {
      try fixture.write(Picture.patches(number).brightened(number < 8 ? 0.5 : 1.5), "\(number).png")
    }
    var settings = fixture.settings(test: 0)
    settings.curate.keepIf = []
    settings.curate.choose = [.a: 5]
    try await fixture.curate(settings, [.a: [input]])
    let first = try fixture.kept.map(\.id)
    #expect(first.count == 5)
    let left = try fixture.rejected
    #expect(left.count == 7 && left.allSatisfy { $0.decision.why == "not-chosen" })
    #expect(left.allSatisfy { $0.decision.detail?.contains("5 most varied of 12") == true })
    #expect(try fixture.kept.contains { Int($0.source.path.dropLast(4)) ?? 0 >= 8 })
    settings.curate.seed = 1
    try await fixture.curate(settings)
    #expect(try fixture.kept.map(\.id) == first)
    // A user's decisions come before the number.
    for sample in left { try fixture.ledger.record(DecisionRow(id: sample.id, author: .person, keep: true)) }
    try await fixture.curate(settings)
    #expect(Set(try fixture.kept.map(\.id)) == Set(left.map(\.id)))
  }

  @Test(
    "`choose` after a run moves no test sample to the training samples, and keeps the share of test samples")
  func chooseLater() async throws {
    for number in 0..<40 { try fixture.write(Picture.patches(number), "\(number).png") }
    var settings = fixture.settings(test: 10)
    try await fixture.curate(settings, [.a: [input]])
    let before = Set(try fixture.kept.filter { $0.split == .test }.map(\.id))
    #expect(before.count == 10)
    settings.curate.choose = [.a: 12]
    try await fixture.curate(settings)
    let kept = try fixture.kept
    #expect(kept.count == 12)
    #expect(kept.filter { $0.split == .test }.count == 3)
    for sample in kept { #expect((sample.split == .test) == before.contains(sample.id)) }
    // Those that were left out are test samples again when they come back.
    for wanted in [30, 40] {
      settings.curate.choose = [.a: wanted]
      try await fixture.curate(settings)
      for sample in try fixture.kept { #expect((sample.split == .test) == before.contains(sample.id)) }
    }
  }

  @Test("The first sample that `choose` takes is the most typical one with a known place")
  func firstChoice() {
    let samples = (0..<11).map { number in
      CurationInput.Candidate(
        image: ImageRow(
          domain: .a, id: SourceID(sha256: "\(number)"), source: 0, kind: .photos, file: "/\(number)",
          path: "\(number)", sha256: "\(number)", digest: ""),
        crop: CropRow(
          id: "\(number)", domain: .a, image: SourceID(sha256: "\(number)"), number: 0,
          face: Sample.Face(detector: "given", score: 1, box: Box(x: 0, y: 0, width: 9, height: 9)),
          digest: ""), mask: nil)
    }
    // Directions from 0 to 90 degrees; the sample in the middle is number 5, and number 10 has none.
    let embeddings: [[Float]?] =
      (0..<10).map { number in
        let angle = Float(number < 5 ? number : number == 5 ? 45 : 85 + number - 5) * .pi / 180
        return [cos(angle), sin(angle)]
      } + [nil]
    let choice = VarietySelection(
      1, of: samples, embeddings: embeddings, groups: Array(0..<11))
    #expect(choice.features == "face embeddings" && choice.chosen == [5])
  }
}
