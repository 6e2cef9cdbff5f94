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

  @Test("The greatest loss is named first, then the greatest difference, and a user's own choice is no loss")
  func order() throws {
    let kept =
      Sample.training(.a, brightness: (0..<60).map { 0.7 + 0.001 * Double($0) })
      + Sample.training(.b, brightness: (0..<60).map { 0.3 + 0.001 * Double($0) })
    func lost(_ reason: Reason, _ count: Int) -> [Sample] {
      Sample.training(.b, brightness: (0..<count).map { _ in 0.5 }).map { sample in
        var sample = sample
        sample.decision = Sample.Decision(by: .rule, why: reason)
        return sample
      }
    }
    let summary = DatasetSummary(
      counts: [.a: DatasetSummary.Count(), .b: DatasetSummary.Count()], kept: kept,
      settings: fixture.settings([.a, .b]), images: "", metadata: "")
    let rejected = lost(.noFace, 6) + lost(.faceTooSmall, 12) + lost("not-chosen", 40)
    var enough = summary
    for domain in ["A", "B"] { enough.counts[domain]?.train = 60 }
    enough.counts["B"]?.rejected = 58
    enough.counts["B"]?.reasons = ["no-face": 6, "face-too-small": 12, "not-chosen": 40]
    let sentences = Advice(enough, kept: kept, rejected: rejected).sentences
    #expect(sentences.first?.contains("12 of 118 samples of B were rejected as face-too-small") == true)
    #expect(sentences.dropFirst().first?.hasPrefix("Brightness differs") == true, "\(sentences)")
    #expect(!sentences.contains { $0.contains("not-chosen") })
    // Of a very large dataset, only some of the rejected samples are at hand.
    enough.counts["B"]?.train = 6000
    enough.counts["B"]?.rejected = 5800
    enough.counts["B"]?.reasons = ["no-face": 600, "face-too-small": 1200, "not-chosen": 4000]
    let large = Advice(enough, kept: kept, rejected: rejected).sentences
    #expect(large.first?.contains("1200 of 11800 samples of B were rejected as face-too-small") == true)
  }

  @Test("If nearly all faces of one domain have one hair color, the advice names it with both shares")
  func oneHairColor() throws {
    let mixed = samples(.a, hair: (0..<30).map { $0 % 2 == 0 ? black : brown })
    let alike = samples(.b, hair: (0..<30).map { $0 < 27 ? pink : black })
    let sentence = try #require(advice(mixed + alike).first)
    #expect(sentence.contains("90 % of the images of B show pink hair, and 0 % of the other domain"))
    // Black and white images show no hair color.
    let faded = alike.map { sample in
      var sample = sample
      sample.quality?["grey"] = 1
      return sample
    }
    #expect(advice(mixed + faded).isEmpty)
  }

  @Test("Varied hair, and the same hair in both domains, need no advice")
  func variedHair() {
    let mixed = (0..<30).map { $0 % 2 == 0 ? black : brown }
    #expect(advice(samples(.a, hair: mixed) + samples(.b, hair: mixed)).isEmpty)
    let alike = [(Double, Double, Double)](repeating: black, count: 30)
    #expect(advice(samples(.a, hair: alike) + samples(.b, hair: alike)).isEmpty)
  }
}
