import CurationFixture
import Dataset
import Imaging
import PublishedDataset
import TestSupport
import Testing

@testable import Curate

@Suite struct BalanceTests {
  @Test("The distance of two domains is the earth mover's distance")
  func distance() throws {
    #expect(DomainBalance.earthMover([0, 0], [1, 1, 1]) == 1)
    #expect(DomainBalance.earthMover([0, 1], [0, 1, 0, 1]) == 0)
    #expect(abs(DomainBalance.earthMover([0, 0, 0, 4], [0, 0, 0, 0]) - 1) < 1e-12)
    let balance = DomainBalance(
      Sample.training(.a, brightness: [0.2, 0.3, 0.4]) + Sample.training(.b, brightness: [0.5, 0.6, 0.7]))
    let entry = try #require(balance.measures["brightness"])
    #expect(entry.a == 0.3 && entry.b == 0.6 && entry.distance == 0.3 && entry.shift > 1)
    #expect(balance.measures["sharpness"]?.shift == 0)
    #expect(balance.measures["yaw"] == nil, "nobody has one")
  }

  @Test("One large scene counts as less varied than its number of images")
  func variety() {
    let own = (0..<8).map {
      Sample.training("a\($0)", .a, brightness: 0.5, group: $0 < 6 ? "scene" : "g\($0)")
    }
    let scenes = DomainBalance(own).scenes["A"]
    #expect(scenes?.groups == 3 && scenes?.largest == 0.75)
    #expect(scenes?.effective == 1.7)
  }

  @Test("Weights make both domains more alike")
  func weightsBalance() throws {
    let dark = Sample.training(.a, brightness: (0..<40).map { $0 < 32 ? 0.25 : 0.65 })
    let bright = Sample.training(.b, brightness: (0..<40).map { $0 < 8 ? 0.25 : 0.65 })
    let weights = SamplingWeights((dark + bright).map(\.balanced)).weights
    func mean(_ samples: [Sample]) throws -> Double {
      let pairs = try samples.map { (try #require(weights[$0.id]), $0.quality?["brightness"] ?? 0) }
      return pairs.reduce(0) { $0 + $1.0 * $1.1 } / pairs.reduce(0) { $0 + $1.0 }
    }
    let (a, b) = (try mean(dark), try mean(bright))
    #expect(b - a < 0.6 * (0.57 - 0.33) && b >= a)
    #expect(weights.values.allSatisfy { (0.2...4.5).contains($0) })
    #expect(abs(dark.reduce(0) { $0 + (weights[$1.id] ?? 0) } / 40 - 1) < 0.01)
  }

  @Test("Images of a large group are drawn less often")
  func weightsOfGroups() throws {
    let own = (0..<20).map {
      Sample.training("a\($0)", .a, brightness: 0.5, group: $0 < 9 ? "scene" : "g\($0)")
    }
    let weights = SamplingWeights(own.map(\.balanced)).weights
    #expect(abs(try #require(weights["a19"]) / #require(weights["a0"]) - 3) < 0.02)
  }
}

extension Sample {
  /// What sampling weights need to know.
  fileprivate var balanced: SamplingWeights.Item {
    SamplingWeights.Item(
      id: id, domain: domain, group: group ?? id, values: SamplingWeights.measures.map { value(of: $0) })
  }
}
