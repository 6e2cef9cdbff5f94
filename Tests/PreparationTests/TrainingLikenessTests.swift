import Dataset
import Foundation
import Testing

@testable import Preparation

struct TrainingLikenessTests {
  /// Training samples whose measures vary a little.
  private func samples(_ count: Int) -> [Sample] {
    (0..<count).map { index in
      let shift = Double(index % 10) / 100
      var sample = Sample(
        id: "\(index)", domain: .a, source: Sample.Source(path: "\(index).jpg", sha256: ""),
        decision: Sample.Decision(by: .rule, why: nil))
      sample.quality = [
        "brightness": 0.5 + shift, "yaw": Double(index % 2 == 0 ? 12 : -12) + 10 * shift,
        "eye-line": 0.45 + shift / 10,
        "face-share": 0.5,
      ]
      return sample
    }
  }

  private func findings(_ measures: [MeasureName: Double]) throws -> [String] {
    try #require(TrainingLikeness(samples(100))).findings { measures[$0] }
  }

  @Test("A face like the training images has no finding")
  func alike() throws {
    #expect(try findings([.brightness: 0.55, .yaw: -11, .eyeLine: 0.455, .faceShare: 0.52]) == [])
    #expect(try findings([:]) == [])
  }

  @Test(
    "A dark face, a turned head and another framing are one sentence each, with the measure and what to do")
  func unlike() throws {
    let dark = try findings([.brightness: 0.2])
    #expect(dark.count == 1 && dark[0].contains("darker") && dark[0].contains("use more light"))
    #expect(dark[0].contains("brightness 0.2"))
    #expect(try findings([.brightness: 0.9]).first?.contains("brighter") == true)
    // Images are mirrored in training, so both sides are alike.
    for yaw in [-40.0, 40] { #expect(try findings([.yaw: yaw]).first?.contains("turned") == true) }
    let several = try findings([.faceShare: 0.8, .eyeLine: 0.7, .yaw: 50, .brightness: 0.1])
    #expect(several.count == 3, "one for framing, one for direction, one for light: \(several)")
  }

  @Test("Fewer than 20 training images give no range")
  func fewImages() {
    #expect(TrainingLikeness(samples(19)) == nil)
    #expect(TrainingLikeness(samples(20)) != nil)
  }
}
