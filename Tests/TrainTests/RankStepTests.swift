import Dataset
import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing
import WeightFiles

@testable import Train

/// Steps of several ranks, each on a thread of its own with its own networks, over the loopback network.
struct RankStepTests {
  /// What one rank has after its steps.
  private struct Outcome: @unchecked Sendable {
    var step: TrainingStep
    var losses: [[String: Double]]
  }

  /// Runs `body` as each of `size` ranks, and returns what they return.
  private func ranks<Result: Sendable>(
    _ size: Int, rounds: Bool = false, _ body: @escaping @Sendable (RankGroup) throws -> Result
  ) throws -> [Result] {
    let port = freePort()
    let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
    for rank in 0..<size {
      Thread.detachNewThread {
        let result = Swift.Result {
          let place = RankEnvironment(rank: rank, size: size, host: "127.0.0.1", port: port, seconds: 30)
          let group = try RankGroup(place) { _ in }
          try group.connect(.cpu, roundsGradients: rounds)
          let result = try body(group)
          _ = try group.gather("done")
          group.agreeToEnd()
          group.leave()
          return result
        }
        results.withLock { $0[rank] = result }
      }
    }
    let deadline = ContinuousClock.now + .seconds(300)
    while results.withLock({ $0.count }) < size {
      try #require(ContinuousClock.now < deadline, "the ranks wait for each other")
      usleep(10_000)
    }
    return try (0..<size).map { rank in
      try #require(results.withLock { $0[rank] }).get()
    }
  }

  /// Batch `number` of two images of each domain, or one of the two.
  private static func pair(
    _ number: Int, only part: Int? = nil, side: Int = 32, dtype: DType
  ) throws -> ImagePair {
    let generator = try RandomGenerator(seed: UInt64(100 + number))
    var (a, b) = (
      try generator.uniform([2, 3, side, side], in: -1..<1).to(dtype),
      try generator.uniform([2, 3, side, side], in: -1..<1).to(dtype)
    )
    if let part { (a, b) = (try a.sample(part), try b.sample(part)) }
    return ImagePair(realA: a, realB: b)
  }

  /// `steps` steps; a rank trains on its half of each batch, and one process on all of it.
  private static func train(
    _ architecture: Architecture, _ settings: StepSettings, steps: Int, accumulate: Int = 1,
    dtype: DType = .float32, ranks: RankGroup? = nil
  ) throws -> Outcome {
    let step = try TrainingStep(NetworkSet(architecture, seed: 3, dtype: dtype), settings: settings)
    step.precision = dtype
    step.ranks = ranks
    var losses: [[String: Double]] = []
    for number in 1...steps {
      let pairs = try (0..<accumulate).map {
        try pair(number * accumulate + $0, only: ranks?.place.rank, side: architecture.side, dtype: dtype)
      }
      let terms = try step(pairs, rate: 1e-4, number: number).losses
      losses.append(Dictionary(uniqueKeysWithValues: terms.map { ($0.name, $0.value) }))
    }
    return Outcome(step: step, losses: losses)
  }

  private func allOn(_ model: Architecture.Model) -> StepSettings {
    var settings = StepSettings(for: model)
    (settings.emaDecay, settings.diffAugment) = (0.9, [.color, .translation, .cutout])
    (settings.gradientPenalty, settings.gradientPenaltyEvery, settings.gradientLimit) = (10, 2, 1)
    return settings
  }

  /// The largest difference of a weight, and its key.
  private func difference(_ one: TrainingStep, _ other: TrainingStep) throws -> (Double, String) {
    var largest = (0.0, "")
    for (first, second) in zip(one.networks.named, other.networks.named) {
      for (entry, wanted) in zip(first.module.state, second.module.state) {
        let difference = try (entry.tensor - wanted.tensor).absolute().floats().max() ?? 0
        if Double(difference) > largest.0 { largest = (Double(difference), "\(first.name).\(entry.key)") }
      }
    }
    return largest
  }

  /// In float64, where hardly any weight depends on rounding.
  ///
  /// photo2cartoon's hourglasses reduce an image of 32 pixels to maps of one pixel, whose normalisation amplifies rounding without
  /// limit, so its images have 64 pixels.
  @Test("The check of a device's exchange compares steps through it with steps without it")
  func checkedExchange()
    throws
  {
    var check = DeviceCheck(.cpu)
    (check.side, check.width, check.steps) = (32, 4, 3)
    var rows: [DeviceCheck.Row] = []
    try check.compareExchange { rows.append($0) }
    #expect(rows.count == 1 && rows.allSatisfy { $0.passes && $0.first == 0 }, "\(rows)")
  }

  @Test(
    "Two ranks with one image each equal one process with two images",
    arguments: Architecture.Model.allCases)
  func twoRanksEqualOneProcess(model: Architecture.Model) throws {
    let architecture = Architecture(model, side: model.isPhoto2cartoon ? 64 : 32, width: 8)
    let settings = allOn(model)
    // One of the models accumulates gradients, which are exchanged once for each step.
    let accumulate = model == .photo2cartoon ? 2 : 1
    let whole = try Self.train(
      architecture, settings, steps: 5, accumulate: accumulate, dtype: .float64)
    let outcomes = try ranks(2) {
      try Self.train(architecture, settings, steps: 5, accumulate: accumulate, dtype: .float64, ranks: $0)
    }
    for outcome in outcomes {
      let (largest, key) = try difference(outcome.step, whole.step)
      // Weights of photo2cartoon's linear layer whose gradient is only rounding are moved by Adam up to the rate, 1e-4.
      #expect(largest <= (model == .photo2cartoonFull ? 1e-4 : 1e-5), "\(key)")
      for (found, wanted) in zip(outcome.losses, whole.losses) {
        #expect(found.keys == wanted.keys)
        for (name, value) in wanted {
          #expect(abs((found[name] ?? .nan) - value) <= 1e-5 * max(1, abs(value)), "\(name)")
        }
      }
    }
  }

  @Test("All ranks have the same bits after 20 steps", arguments: [false, true])
  func equalBits(rounds: Bool) throws {
    let architecture = Architecture(.ugatitLight, side: 32, width: 4)
    let settings = allOn(.ugatitLight)
    let outcomes = try ranks(3, rounds: rounds) { group in
      let step = try TrainingStep(NetworkSet(architecture, seed: 3), settings: settings)
      step.ranks = group
      for number in 1...20 {
        let pair = try Self.pair(number * 3 + group.place.rank, only: 0, dtype: .float32)
        _ = try step([pair], rate: 1e-3, number: number)
      }
      return Outcome(step: step, losses: [])
    }
    let first = try outcomes[0].step.digest(outcomes[0].step.state)
    for outcome in outcomes.dropFirst() {
      #expect(try outcome.step.digest(outcome.step.state) == first)
    }
  }

  @Test("Rounded gradients have the mean within the precision of bfloat16")
  func roundedMean() throws {
    let counts = [5, 1, 7]
    @Sendable func value(_ parameter: Int, _ index: Int) -> Float { Float(parameter * 10 + index + 1) * 0.37 }
    let values = try ranks(3, rounds: true) { group in
      let parameters = try counts.enumerated().map { index, count in
        let parameter = try Tensor.zeros([count])
        let factor = Float(group.place.rank + 1)
        try parameter.setGrad(Tensor((0..<count).map { value(index, $0) * factor }))
        return parameter
      }
      let numbers = try Tensor([Float(group.place.rank)])
      try group.average(parameters, numbers)
      return (try parameters.flatMap { try #require(try $0.grad()).floats() }, try numbers.floats())
    }
    let expected = counts.enumerated().flatMap { index, count in
      (0..<count).map { value(index, $0) * 2 }
    }
    for (gradients, numbers) in values {
      #expect(gradients == values[0].0)
      #expect(zip(gradients, expected).allSatisfy { abs($0 - $1) <= abs($1) / 128 })
      // Losses travel in float32.
      #expect(numbers == [1])
    }
    #expect(values[0].0 != expected)
  }

  @Test("If a loss of one rank is NaN, no rank is updated, and all report it")
  func lossOfOneRank() throws {
    let architecture = Architecture(.ugatitLight, side: 32, width: 4)
    let outcomes = try ranks(2) { group in
      let step = try TrainingStep(NetworkSet(architecture, seed: 3), settings: StepSettings())
      let before = try step.digest(step.networks.generatorParameters + step.networks.discriminatorParameters)
      step.ranks = group
      let pair = try Self.pair(1, only: 0, dtype: .float32)
      if group.place.rank == 1 { try pair.realA.fill(.nan) }
      let terms = try step([pair], rate: 1e-3).losses
      let after = try step.digest(step.networks.generatorParameters + step.networks.discriminatorParameters)
      return (before == after, terms.first { $0.name == "D_total" }?.value)
    }
    for (isUnchanged, total) in outcomes {
      #expect(isUnchanged)
      #expect(total?.isNaN == true)
    }
  }
}
