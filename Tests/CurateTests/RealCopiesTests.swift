import CurationFixture
import Dataset
import Foundation
import PublishedDataset
import TestSupport
import Testing

@testable import Curate

/// Duplicates among real photos, of which some are copies by common image tools.
@Suite struct RealCopiesTests {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  @Test(
    "Copies among real photos are found, and nothing else is merged",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func realCopies() async throws {
    let source = try #require(TestData.images).appendingPathComponent("duplicates")
    try await fixture.curate(fixture.settings(size: 128), [.a: [source]])
    let rejected = try fixture.rejected
    // The image with alpha is one of these copies too.
    func stem(_ path: String) -> String {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      return name == "alpha_channel_image.png" ? "ukbench00120" : String(name.prefix(12))
    }
    let duplicates = rejected.filter { $0.decision.why == .duplicateOf }
    let kept = try fixture.kept
    for sample in duplicates {
      guard sample.face != nil, let best = sample.decision.duplicateOf else { continue }
      let rival = try #require(kept.first { $0.id == best })
      #expect(
        stem(rival.source.path).prefix(7) == "ukbench" && stem(rival.source.path) == stem(sample.source.path))
    }
    // There are resized, grey and re-encoded copies of these images; one of each is kept.
    for name in ["ukbench00120", "ukbench09380"] {
      let upright = kept.filter {
        stem($0.source.path) == name && !$0.source.path.contains("rotation")
          && !$0.source.path.contains("flip")
      }
      #expect(upright.count == 1, "\(name): \(upright.map(\.source.path))")
    }
    let broken = rejected.filter { $0.source.path.contains("corrupt") }
    #expect(broken.count == 2 && broken.allSatisfy { $0.decision.why != .duplicateOf })
  }

  @Test(
    "Turned and mirrored copies of real photos are found with `invariant`",
    .enabled(if: TestData.images != nil, "EASEL_TEST_DATA is not set"))
  func realTurnedCopies() async throws {
    let source = try #require(TestData.images).appendingPathComponent("duplicates")
    var settings = fixture.settings(size: 128)
    settings.curate.duplicateInvariant = [.rotation, .flip]
    try await fixture.curate(settings, [.a: [source]])
    let copies = try fixture.kept.filter {
      $0.source.path.contains("ukbench00120") || $0.source.path.contains("alpha_channel")
    }
    // One of these is rotated by 30 degrees.
    #expect(copies.count == 1, "\(copies.map(\.source.path))")
    let mirrored = try fixture.rejected.filter { $0.source.path.contains("flip") }
    #expect(mirrored.contains { $0.decision.detail?.contains("turned or mirrored") == true })
    // All other images are kept: nine more of ukbench, and those without copies.
    let originals = Set(
      try fixture.kept.compactMap { $0.source.path.split(separator: "/").last?.prefix(12) }
        .filter { $0.hasPrefix("ukbench") && $0 != "ukbench00120" })
    #expect(originals.count == 9)
  }
}
