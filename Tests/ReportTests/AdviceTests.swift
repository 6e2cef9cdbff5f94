import CurationFixture
import Dataset
import PublishedDataset
import Testing

@testable import Report

@Suite struct AdviceTests {
  private let fixture: Fixture

  init() throws { fixture = try Fixture() }

  /// Samples with these lightnesses, chromas and hues of their hair.
  private func samples(_ domain: Domain, hair: [(Double, Double, Double)]) -> [Sample] {
    zip(Sample.training(domain, brightness: hair.map { _ in 0.5 }), hair).map { sample, hair in
      var sample = sample
      sample.quality = ["hair-lightness": hair.0, "hair-colorfulness": hair.1, "hair-hue": hair.2]
      return sample
    }
  }

  private func advice(_ kept: [Sample]) -> [String] {
    let summary = DatasetSummary(
      counts: [.a: DatasetSummary.Count(), .b: DatasetSummary.Count()], kept: kept,
      settings: fixture.settings([.a, .b]), images: "", metadata: "")
    return Advice(summary, kept: kept, rejected: []).sentences.filter { $0.contains("hair") }
  }

  private let pink = (0.7, 0.3, 5.0)
  private let black = (0.1, 0.05, 60.0)
  private let brown = (0.35, 0.2, 60.0)

  @Test("If nearly all faces of one domain have one hair colour, the advice names it with both shares")
  func oneHairColor() throws {
    let mixed = samples(.a, hair: (0..<30).map { $0 % 2 == 0 ? black : brown })
    let alike = samples(.b, hair: (0..<30).map { $0 < 27 ? pink : black })
    let sentence = try #require(advice(mixed + alike).first)
    #expect(sentence.contains("90 % of the images of B show pink hair, and 0 % of the other domain"))
  }

  @Test("Varied hair, and the same hair in both domains, need no advice")
  func variedHair() {
    let mixed = (0..<30).map { $0 % 2 == 0 ? black : brown }
    #expect(advice(samples(.a, hair: mixed) + samples(.b, hair: mixed)).isEmpty)
    let alike = [(Double, Double, Double)](repeating: black, count: 30)
    #expect(advice(samples(.a, hair: alike) + samples(.b, hair: alike)).isEmpty)
  }
}
