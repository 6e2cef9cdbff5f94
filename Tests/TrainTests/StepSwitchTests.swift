import Dataset
import Foundation
import Tensors
import TestSupport
import Testing
import WeightFiles

@testable import Train

struct StepSwitchTests {
  private let architecture = Architecture(.ugatitLight, side: 32, width: 4)

  private func pair(_ seed: UInt64 = 4, batch: Int = 1) throws -> ImagePair {
    let generator = try RandomGenerator(seed: seed)
    return try ImagePair(
      realA: generator.uniform([batch, 3, 32, 32], in: -1..<1),
      realB: generator.uniform([batch, 3, 32, 32], in: -1..<1))
  }

  /// A step with all switches on, each strong enough to have a visible effect.
  private func allOn() -> StepSettings {
    var settings = StepSettings()
    (settings.emaDecay, settings.diffAugment) = (0.9, [.color, .translation, .cutout])
    (settings.gradientPenalty, settings.gradientPenaltyEvery, settings.gradientLimit) = (10, 2, 1)
    settings.seed = 7
    return settings
  }

  private func states(_ networks: NetworkSet) throws -> [String: [String: StoredTensor]] {
    try Dictionary(uniqueKeysWithValues: networks.named.map { ($0.name, try $0.module.storedState()) })
  }

  /// One step from the same weights with the same images.
  private func result(
    number: Int = 1, _ change: (inout StepSettings) -> Void = { _ in }
  ) throws -> (losses: [String: Double], state: [String: [String: StoredTensor]], step: TrainingStep) {
    var settings = StepSettings()
    change(&settings)
    let step = try TrainingStep(NetworkSet(architecture, seed: 1), settings: settings)
    let losses = try step([pair()], rate: 1e-3, number: number).losses
    return (
      Dictionary(uniqueKeysWithValues: losses.map { ($0.name, $0.value) }), try states(step.networks), step
    )
  }

  @Test("Without switches, a step does not depend on seed or step number") func nothingDependsOnSeed() throws
  {
    let (plain, other) = (try result(), try result(number: 32) { $0.seed = 9 })
    #expect(plain.losses == other.losses)
    #expect(plain.state == other.state)
    #expect(plain.step.average == nil)
    #expect(plain.step.emaOrCurrent.genA2B === plain.step.networks.genA2B)
  }

  @Test("Averaging changes no network") func averagingChangesNoNetwork2() throws {
    let (plain, averaged) = (try result(), try result { $0.emaDecay = 0.99 })
    #expect(plain.losses == averaged.losses)
    #expect(plain.state == averaged.state)
    #expect(try averaged.step.emaOrCurrent.genA2B.storedState() != averaged.state["genA2B"])
  }

  @Test("The penalty changes discriminators only in its steps") func penaltyActsOn() throws {
    let plain = try result()
    let waiting = try result(number: 15) { $0.gradientPenalty = 10 }
    #expect(waiting.losses == plain.losses)
    #expect(waiting.state == plain.state)
    let penalised = try result(number: 16) { $0.gradientPenalty = 10 }
    for name in ["disGA", "disLA", "disGB", "disLB"] {
      #expect(penalised.losses["D_ad_\(name)"] == plain.losses["D_ad_\(name)"])
      #expect(try #require(penalised.losses["R1_\(name)"]) > 0)
      let (own, other) = (try #require(penalised.state[name]), try #require(plain.state[name]))
      #expect(own != other)
      // The penalty makes no power iteration; the later ones in the generators' update use the changed weights.
      #expect(own.keys == other.keys)
    }
    #expect(penalised.losses["rec_A"] == plain.losses["rec_A"])
  }

  @Test("Clipping does not change the losses and limits the gradients") func clippingLeavesLosses() throws {
    let (plain, clipped) = (try result(), try result { $0.gradientLimit = 0.5 })
    #expect(clipped.losses["rec_A"] == plain.losses["rec_A"])
    #expect(clipped.state["genA2B"] != plain.state["genA2B"])
    #expect(try plain.step.generatorAdam.parameters.gradientNorm().item() > 1)
    #expect(try abs(clipped.step.generatorAdam.parameters.gradientNorm().item() - 0.5) < 1e-4)
  }

  @Test(
    "Each weight changes the totals but not the terms",
    arguments: ["adversarial", "cycle", "identity", "cam"])
  func eachWeightChangesTotals(weight: String) throws {
    let plain = try result()
    let weighed = try result { settings in
      switch weight {
      case "adversarial": settings.weights.adversarial *= 2
      case "cycle": settings.weights.cycle *= 2
      case "identity": settings.weights.identity *= 2
      default: settings.weights.cam *= 2
      }
    }
    for name in ["D_ad_disGA", "D_cam_disLB", "rec_A", "idt_B", "cam_A"] {
      #expect(weighed.losses[name] == plain.losses[name], "\(name)")
    }
    #expect(weighed.losses["G_total"] != plain.losses["G_total"])
    #expect(weighed.state["genA2B"] != plain.state["genA2B"])
    #expect((weighed.losses["D_total"] != plain.losses["D_total"]) == (weight == "adversarial"))
  }

  @Test("Loss weights are the published ones unless they are set") func settingsGivePublished() {
    var settings = TrainSettings()
    #expect(StepSettings(settings, for: .photo2cartoon) == StepSettings(for: .photo2cartoon))
    #expect(StepSettings(settings, for: .photo2cartoon).weights.cycle == 50)
    settings.weights.cycle = 3
    (settings.clip, settings.ema, settings.r1, settings.seed) = (1, 0.999, 10, 5)
    settings.diffaugment = [.cutout]
    let step = StepSettings(settings, for: .ugatitLight)
    #expect(step.weights.cycle == 3 && step.weights.cam == 1000)
    #expect(step.gradientLimit == 1 && step.emaDecay == 0.999 && step.gradientPenalty == 10)
    #expect(step.seed == 5 && step.diffAugment == [.cutout])
  }

  @Test("Real and translated images get the same augmentation in each update") func realTranslatedPictures()
    throws
  {
    var settings = allOn()
    (settings.gradientPenalty, settings.emaDecay) = (0, 0)
    let networks = try NetworkSet(architecture, seed: 1)
    // Without power iterations the same images have the same output later.
    for discriminator in networks.discriminators { discriminator.isTraining = false }
    let step = try TrainingStep(networks, settings: settings)
    let pair = try pair(batch: 2)
    let inputs = try step.inputs([pair], rate: 0, number: 3)
    // At a rate of 0 the discriminators are the same in both updates.
    let report = try step([pair], rate: 0, number: 3)
    let losses = Dictionary(uniqueKeysWithValues: try report.losses.map { ($0.name, $0.value) })
    for (domain, name, discriminator, real, fake) in [
      (Domain.a, "disGA", networks.disGA, pair.realA, report.fakeB2A),
      (.a, "disLA", networks.disLA, pair.realA, report.fakeB2A),
      (.b, "disLB", networks.disLB, pair.realB, report.fakeA2B),
    ] {
      try withoutGradient {
        let turn = try #require(inputs.augmentation(0, domain, .discriminators))
        let outputs = try (discriminator(turn(real)).logits, discriminator(turn(fake)).logits)
        let expected = try outputs.0.meanSquaredError(1).item() + outputs.1.meanSquaredError(0).item()
        #expect(abs(try #require(losses["D_ad_\(name)"]) - expected) < 1e-5 * expected, "\(name)")

        let other = try #require(inputs.augmentation(0, domain, .generators))
        let wanted = try discriminator(other(fake)).logits.meanSquaredError(1).item()
        #expect(abs(try #require(losses["G_ad_\(name)"]) - wanted) < 1e-5 * wanted, "\(name)")
      }
    }
    func draws(
      _ domain: Domain, _ update: StepInputs.Update = .generators, step number: Int = 3, pair index: Int = 0
    ) -> [DiffAugment.Draw] {
      step.draws(domain, update, step: number, pair: index, like: pair.realA)
    }
    for other in [draws(.b), draws(.a, .discriminators), draws(.a, step: 4), draws(.a, pair: 1)] {
      #expect(other != draws(.a))
    }
  }

  @Test("The average follows its formula") func averageFollowsItsFormula() throws {
    var settings = StepSettings()
    settings.emaDecay = 0.3
    let step = try TrainingStep(NetworkSet(architecture, seed: 1), settings: settings)
    let average = try #require(step.average)
    let key = "UpBlock1_1.norm1.rho"
    func value(_ generator: any ImageGenerator) throws -> Double {
      Double(try #require(generator.state.first { $0.key == key }).tensor.floats()[0])
    }
    var expected = try value(step.networks.genA2B)
    #expect(try value(average.generators.genA2B) == expected)
    // (1 + t) / (10 + t) while that is less: 2/11, 3/12, then 0.3 instead of 4/13.
    for (number, decay) in [(1, 2.0 / 11), (2, 0.25), (3, 0.3)] {
      _ = try step([pair(UInt64(number))], rate: 1e-2, number: number)
      expected = try decay * expected + (1 - decay) * value(step.networks.genA2B)
      #expect(abs(try value(average.generators.genA2B) - expected) < 1e-6)
    }
    #expect(average.generators.genA2B.parameters.allSatisfy { !$0.requiresGrad })
  }

  @Test("A step restored from a checkpoint, with all switches on, equals an uninterrupted one")
  func runTakenUpAgain() throws {
    func run(_ step: TrainingStep, _ numbers: ClosedRange<Int>) throws {
      for number in numbers {
        let pairs = try [pair(UInt64(2 * number), batch: 1), pair(UInt64(2 * number + 1), batch: 1)]
        _ = try step(pairs, rate: 1e-3, number: number)
      }
    }
    func header(_ step: Int) -> Checkpoint.Header {
      Checkpoint.Header(step: step, architecture: architecture, seed: 1, dataset: "", distance: nil)
    }
    let folder = try TemporaryFolder()
    let unbroken = try TrainingStep(NetworkSet(architecture, seed: 1), settings: allOn())
    try run(unbroken, 1...4)

    let first = try TrainingStep(NetworkSet(architecture, seed: 1), settings: allOn())
    try run(first, 1...2)
    try Checkpoint(header(2), of: first).write(to: folder.appending("middle"))
    let second = try TrainingStep(NetworkSet(architecture, seed: 99), settings: allOn())
    try Checkpoint(contentsOf: folder.appending("middle")).restore(second)
    try run(second, 3...4)

    for (name, step) in [("unbroken", unbroken), ("resumed", second)] {
      try Checkpoint(header(4), of: step).write(to: folder.appending(name))
    }
    let files = try ["unbroken", "resumed"].map { try Data(contentsOf: folder.appending($0)) }
    #expect(files[0] == files[1])
    #expect(try WeightsFile(contentsOf: folder.appending("resumed")).emaOrCurrent("genA2B") == "ema.genA2B")
  }

  @Test("If a checkpoint has no average, it starts at the weights") func averageCheckpointLacks() throws {
    let folder = try TemporaryFolder()
    let plain = try TrainingStep(NetworkSet(architecture, seed: 1), settings: StepSettings())
    let header = Checkpoint.Header(step: 1, architecture: architecture, seed: 1, dataset: "", distance: nil)
    try Checkpoint(header, of: plain).write(to: folder.appending("plain"))
    #expect(try WeightsFile(contentsOf: folder.appending("plain")).emaOrCurrent("genA2B") == "genA2B")
    let averaging = try TrainingStep(NetworkSet(architecture, seed: 2), settings: allOn())
    let file = try Checkpoint(contentsOf: folder.appending("plain"))
    #expect(!file.hasAverage)
    try file.restore(averaging)
    #expect(try averaging.emaOrCurrent.genB2A.storedState() == plain.networks.genB2A.storedState())
    #expect(try Checkpoint(header, of: averaging).hasAverage)
  }
}
