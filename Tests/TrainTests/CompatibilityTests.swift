import Tensors
import Testing
import WeightFiles

@testable import Train

struct CompatibilityTests {
  private let tensorflow = Architecture(.ugatitLight, side: 64, width: 8, compatibility: .tensorflow)

  @Test("TensorFlow compatibility shares one CAM layer with bias") func tensorflowSharesOneScoring()
    throws
  {
    let networks = try NetworkSet(tensorflow, seed: 1)
    let generator = networks.genA2B.state.map(\.key)
    #expect(generator.filter { $0.hasPrefix("cam_fc.") } == ["cam_fc.weight", "cam_fc.bias"])
    #expect(!generator.contains { $0.hasPrefix("gap_fc") || $0.hasPrefix("gmp_fc") })
    #expect(
      networks.disLA.state.map(\.key).filter { $0.hasPrefix("cam_fc.") }
        == ["cam_fc.bias", "cam_fc.weight_orig", "cam_fc.weight_u", "cam_fc.weight_v"])
  }

  @Test("TensorFlow compatibility starts with small normal weights and rho of one")
  func tensorflowStartsSmall() throws {
    let state = try NetworkSet(tensorflow, seed: 1).genA2B.state
    let weight = try #require(state.first { $0.key == "DownBlock.12.conv_block.1.weight" }).tensor
    let (variance, mean) = try weight.reshape([-1]).varianceAndMean([0], unbiased: true)
    #expect(abs(try variance.item().squareRoot() - 0.02) < 0.001)
    #expect(abs(try mean.item()) < 0.001)
    let rho = try #require(state.first { $0.key == "UpBlock1_1.norm1.rho" }).tensor
    #expect(try rho.floats().allSatisfy { $0 == 1 })
  }

  @Test(
    "A step at the smallest side changes every network and stays finite",
    arguments: Architecture.Model.allCases, Architecture.Compatibility.allCases)
  func stepAtSmallestSide(
    model: Architecture.Model, compatibility: Architecture.Compatibility
  ) throws {
    let networks = try NetworkSet(
      Architecture(model, side: 32, width: 4, compatibility: compatibility), seed: 1)
    let before = try networks.named.map { try $0.module.storedState() }
    let step = try TrainingStep(networks, settings: StepSettings(for: model))
    let generator = try RandomGenerator(seed: 2)
    let images = try (0..<2).map { _ in try generator.uniform([1, 3, 32, 32], in: -1..<1) }
    let report = try step([ImagePair(realA: images[0], realB: images[1])], rate: 1e-3)
    #expect(try report.losses.allSatisfy { $0.value.isFinite })
    for (old, (name, module)) in zip(before, networks.named) {
      #expect(try module.storedState() != old, "\(name) did not change")
    }
    for entry in networks.genA2B.state where entry.key.hasSuffix("rho") {
      #expect(try entry.tensor.floats().allSatisfy { (0...1).contains($0) }, "\(entry.key)")
    }
  }

  @Test("bfloat16 stays close to float32") func bfloat16StaysClose() throws {
    let architecture = Architecture(.ugatitLight, side: 64, width: 8)
    let generator = try RandomGenerator(seed: 2)
    let images = try (0..<2).map { _ in try generator.uniform([1, 3, 64, 64], in: -1..<1) }
    var losses: [[LossTerm]] = []
    for half in [false, true] {
      var settings = StepSettings()
      settings.precision = half ? .bfloat16 : .float32
      let step = try TrainingStep(NetworkSet(architecture, seed: 1), settings: settings)
      losses.append(try step([ImagePair(realA: images[0], realB: images[1])], rate: 1e-4).losses)
    }
    for (full, half) in zip(losses[0], losses[1]) {
      #expect(abs(full.value - half.value) <= 0.05 * abs(full.value) + 0.01, "\(full.name)")
    }
    #expect(losses[0] != losses[1], "bfloat16 should round")
  }

  @Test("State that does not fit is refused with all keys and changes nothing") func stateDoesNotFit() throws
  {
    let generator = try tensorflow.makeGenerator(from: RandomGenerator(seed: 1))
    let before = try generator.storedState()
    var state = before
    state["gamma.weight"] = nil
    state["extra"] = state["beta.weight"]
    state["beta.weight"] = state["cam_fc.bias"]
    let error = #expect(throws: KeyDifference.self) { try generator.load(state) }
    #expect(error?.missing.map(\.key) == ["gamma.weight"])
    #expect(error?.unexpected.map(\.key) == ["extra"])
    #expect(error?.reshaped.first?.key == "beta.weight")
    #expect(try generator.storedState() == before)
  }

  @Test("The learning rate is constant, then decreases to zero") func rateConstantThenFalls() {
    let rate = LearningRate(initial: 1e-4)
    #expect(rate.rate(step: 1, of: 1000) == 1e-4)
    #expect(rate.rate(step: 500, of: 1000) == 1e-4)
    #expect(abs(rate.rate(step: 900, of: 1000) - 2e-5) < 1e-12)
    #expect(rate.rate(step: 1000, of: 1000) == 0)
    #expect(rate.rate(step: 1200, of: 1000) == 0, "a rate below zero would climb the gradient")
  }

  @Test("The face square is the published one") func faceSquarePublishedOne() {
    let square = FaceIdentity.square(side: 256)
    #expect(square.rows == 57..<219)
    #expect(square.columns == 47..<209)
  }
}
