import Foundation
import Tensors
import TestSupport
import Testing

@testable import Train

@Suite(.enabled(if: TestData.reference != nil, "EASEL_REFERENCE is not set"))
struct ParityStepTests {
  /// Three published steps; the bounds follow from float32 rounding and from Adam, whose first steps keep only a
  /// gradient's sign, so that the smallest gradients move by the full rate either way.
  @Test(arguments: [("train3_ugatit", Architecture.Model.ugatitLight), ("train3_p2c", .photo2cartoon)])
  func threeStepsEqualThePublishedOnes(name: String, model: Architecture.Model) throws {
    let reference = try Reference("\(name).safetensors")
    let networks = try NetworkSet(Architecture(model, side: 128, width: 8), seed: 0)
    for (name, module) in networks.named { try module.load(reference.state("init.\(name).")) }
    let step = try TrainingStep(networks, settings: StepSettings(for: model))
    let published = try JSONDecoder().decode(
      [[String: Double]].self, from: Data(#require(reference.file.metadata["losses"]).utf8))

    for (index, losses) in published.enumerated() {
      let pair = try ImagePair(
        realA: reference.tensor("step\(index + 1).real_A"), realB: reference.tensor("step\(index + 1).real_B")
      )
      let report = try step([pair], rate: 1e-4)
      #expect(Set(report.losses.map(\.name)) == Set(losses.keys))
      for term in report.losses {
        let expected = try #require(losses[term.name])
        #expect(
          abs(term.value - expected) <= (index == 0 ? 1e-5 : 1e-3) * abs(expected),
          "step \(index + 1): \(term.name) is \(term.value), published \(expected)")
      }
      if index == 0 {
        #expect(try relativeError(report.fakeA2B, reference.tensor("step1.fake_A2B")) < 2e-5)
        #expect(try relativeError(report.fakeB2A, reference.tensor("step1.fake_B2A")) < 2e-5)
        try expectGradients(networks, reference)
      }
    }
    try expectWeights(networks, reference)
  }

  private func expectGradients(_ networks: NetworkSet, _ reference: Reference) throws {
    for (name, module) in networks.named.prefix(2) {
      let published = reference.state("step1.grad.\(name).")
      for entry in module.state {
        guard let stored = published[entry.key] else {
          #expect(try entry.tensor.grad()?.count == nil, "\(name).\(entry.key) should have no gradient")
          continue
        }
        let grad = try #require(try entry.tensor.grad(), "\(name).\(entry.key)")
        let expected = try Tensor(stored)
        let error = try (grad - expected).square().sum().item().squareRoot()
        let length = try expected.square().sum().item().squareRoot()
        #expect(error <= 1e-4 * length + 1e-12, "\(name).\(entry.key): \(error) of \(length)")
      }
    }
  }

  private func expectWeights(_ networks: NetworkSet, _ reference: Reference) throws {
    var (near, all) = (0, 0)
    for (name, module) in networks.named {
      for entry in module.state {
        let expected = try reference.tensor("final.\(name).\(entry.key)").floats()
        for (value, other) in zip(try entry.tensor.floats(), expected) {
          if entry.isParameter {
            #expect(abs(value - other) <= 2 * 1e-4 * 3 * 1.001, "\(name).\(entry.key)")
          }
          near += abs(value - other) <= 1e-5 ? 1 : 0
          all += 1
        }
      }
    }
    #expect(Double(near) >= 0.999 * Double(all), "\(near) of \(all) elements are near")
  }
}
