import Dataset
import Imaging
import Testing

@testable import Report

@Suite struct OutlierTests {
  /// A training sample with this brightness.
  private func sample(_ id: String, _ domain: Domain, brightness: Double, group: String? = nil) -> Sample {
    var sample = Sample(
      id: id, domain: domain, source: Sample.Source(path: id, sha256: id),
      decision: Sample.Decision(by: .rule))
    (sample.split, sample.group) = (.train, group)
    sample.quality = ["brightness": brightness, "sharpness": 0.5]
    return sample
  }

  private func samples(_ domain: Domain, _ values: [Double]) -> [Sample] {
    values.enumerated().map { sample("\(domain.rawValue)\($0)", domain, brightness: $1) }
  }

  @Test("A sample far from the rest is found with its measure")
  func unusual() throws {
    var own = samples(.a, (0..<30).map { 0.4 + Double($0 % 7) * 0.02 })
    own.append(sample("odd", .a, brightness: 0.95))
    let found = Outliers.unusual(among: own)
    #expect(found.map(\.sample.id) == ["odd"])
    #expect(found.first?.why.hasPrefix("brightness 0.95") == true)
  }

  @Test("A sample close to a limit is borderline")
  func borderline() {
    let own = samples(.a, [0.105, 0.5, 0.52, 0.49, 0.96])
    let found = Outliers.borderline(
      among: own, rules: [CurateSettings.Rule(measure: .brightness, minimum: 0.1, maximum: 0.97)])
    #expect(found.map(\.sample.id) == ["A0", "A4"])
    #expect(found.first?.why == "brightness 0.105, kept: at least 0.1")
  }

  @Test("What a tenth of a domain has in common is not unusual")
  func commonOddity() {
    let own = samples(.a, (0..<60).map { $0 < 50 ? 0.4 + Double($0 % 7) * 0.02 : 0.95 })
    #expect(Outliers.unusual(among: own).count == 3, "at most one in twenty")
  }
}
