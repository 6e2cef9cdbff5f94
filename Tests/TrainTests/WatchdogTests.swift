import Tensors
import Testing

@testable import Train

struct WatchdogTests {
  private func networks(_ compatibility: Architecture.Compatibility = .pytorch) throws -> NetworkSet {
    try NetworkSet(Architecture(.ugatitLight, side: 32, width: 4, compatibility: compatibility), seed: 1)
  }

  private func tensor(_ key: String, of module: any Module) throws -> Tensor {
    try #require(module.state.first { $0.key == key }).tensor
  }

  @Test(
    "New generators are not saturated",
    arguments: Architecture.Model.allCases, Architecture.Compatibility.allCases)
  func newGeneratorsNotSaturated(model: Architecture.Model, compatibility: Architecture.Compatibility)
    throws
  {
    let architecture = Architecture(model, side: 32, width: 4, compatibility: compatibility)
    #expect(try architecture.makeGenerator(from: RandomGenerator(seed: 1)).saturatedRho() == 0)
  }

  @Test("Saturation counts AdaLIN's channels at either end") func saturationCountsAdaLi() throws {
    let generator = try networks().genA2B
    try withoutGradient {
      // Four blocks of two AdaLINs.
      for block in 1...4 { try tensor("UpBlock1_\(block).norm1.rho", of: generator).fill(0) }
      try tensor("UpBlock1_1.norm2.rho", of: generator).fill(1)
    }
    #expect(try generator.saturatedRho() == 5.0 / 8)
  }

  @Test("Saturation is reported once for each generator, and not at the start") func saturationToldOnceFor() {
    var watchdog = Watchdog()
    #expect(watchdog.check(saturatedRho: 1, of: "genA2B", step: 400).isEmpty)
    #expect(watchdog.check(saturatedRho: 0.9, of: "genA2B", step: 1000).isEmpty)
    #expect(watchdog.check(saturatedRho: 0.96, of: "genA2B", step: 1000).count == 1)
    #expect(watchdog.check(saturatedRho: 1, of: "genA2B", step: 2000).isEmpty)
    guard case .warning(let text)? = watchdog.check(saturatedRho: 1, of: "genB2A", step: 2000).first else {
      Issue.record("the other generator is told of too")
      return
    }
    #expect(text.contains("100 %") && text.contains("genB2A"))
  }

  @Test("The first loss that is not finite is reported") func firstLossNoNumber() {
    var watchdog = Watchdog()
    let losses = [
      LossTerm(name: "D_total", value: 1), LossTerm(name: "rec_A", value: .infinity),
      LossTerm(name: "G_total", value: .nan),
    ]
    #expect(watchdog.check(losses, step: 1) == [.notFinite(term: "rec_A")])
  }

  @Test("The first weight that is not finite is reported, else the first gradient") func firstWeightNoNumber()
    throws
  {
    let networks = try networks()
    #expect(try networks.firstNotFinite() == nil)
    let weight = try tensor("conv.weight_orig", of: networks.disGB)
    try weight.setGrad(Tensor(repeating: .infinity, shape: weight.shape))
    #expect(try networks.firstNotFinite() == "the gradient of disGB.conv.weight_orig")
    try withoutGradient { try tensor("conv.weight_u", of: networks.disLA).fill(.nan) }
    #expect(try networks.firstNotFinite() == "disLA.conv.weight_u")
  }

  @Test("A step with a loss that is not finite changes no weight") func stepWhoseLossesNo() throws {
    let networks = try networks()
    try withoutGradient { try tensor("model.1.bias", of: networks.disGA).fill(.nan) }
    func learned() throws -> [[Float]] {
      try (networks.generatorParameters + networks.disLB.parameters).map { try $0.floats() }
    }
    let before = try learned()
    let step = try TrainingStep(networks, settings: StepSettings())
    let generator = try RandomGenerator(seed: 2)
    let images = try (0..<2).map { _ in try generator.uniform([1, 3, 32, 32], in: -1..<1) }
    let report = try step([ImagePair(realA: images[0], realB: images[1])], rate: 1e-3)
    #expect(try report.losses.first { !$0.value.isFinite }?.name == "D_ad_disGA")
    #expect(try learned() == before)
    #expect(try networks.firstNotFinite() == "disGA.model.1.bias")
  }

  @Test("Translations of one color are reported for any color")
  func oneColor() {
    var watchdog = Watchdog()
    // Magenta: the planes differ from each other, but each is constant.
    let magenta =
      [Float](repeating: 1, count: 16) + [Float](repeating: -1, count: 16) + [Float](repeating: 1, count: 16)
    #expect(watchdog.check(translations: magenta, plane: 16, named: "fake_A2B").count == 1)
    let noise = (0..<48).map { Float($0 % 7) / 7 }
    #expect(watchdog.check(translations: noise, plane: 16, named: "fake_B2A").isEmpty)
  }
}
