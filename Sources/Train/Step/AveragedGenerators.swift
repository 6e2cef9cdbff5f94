public import Tensors

/// Both generators of a run.
public struct GeneratorPair {
  /// From domain A to domain B.
  public let genA2B: any ImageGenerator
  /// From domain B to domain A.
  public let genB2A: any ImageGenerator

  /// The generators by their names in the published checkpoints.
  public var named: [(name: String, module: any Module)] { [("genA2B", genA2B), ("genB2A", genB2A)] }
}

/// Generators whose weights follow the trained ones slowly: what they translate is steadier from step to step, and mostly
/// better.
///
/// The Unusual Effectiveness of Averaging in GAN Training, https://arxiv.org/abs/1806.04498. The average begins at the
/// first weights, which count less than there because early steps follow faster: by min(decay, (1 + t) / (10 + t)) at step t.
public final class AveragedGenerators {
  /// The average, which no gradient flows to.
  public let generators: GeneratorPair
  private let limit: Double

  /// An average of the generators of `networks` that starts as they are, and keeps `decay` of itself in each later step.
  init(of networks: NetworkSet, decay: Double) throws {
    limit = decay
    func twin(_ generator: any ImageGenerator) throws -> any ImageGenerator {
      let first = generator.parameters[0]
      let twin = try networks.architecture.makeGenerator(
        from: RandomGenerator(seed: 0, device: first.device), dtype: first.dtype)
      try twin.setRequiresGrad(false)
      return twin
    }
    generators = GeneratorPair(genA2B: try twin(networks.genA2B), genB2A: try twin(networks.genB2A))
    try begin(at: networks)
  }

  /// How much of itself the average keeps at the step counted from 1.
  func decay(at step: Int) -> Double { min(limit, Double(1 + step) / Double(10 + step)) }

  /// Forgets what was averaged.
  func begin(at networks: NetworkSet) throws { try follow(networks, keeping: 0) }

  /// Takes in the weights after the step counted from 1.
  func follow(_ networks: NetworkSet, step: Int) throws { try follow(networks, keeping: decay(at: step)) }

  private func follow(_ networks: NetworkSet, keeping decay: Double) throws {
    try withoutGradient {
      for ((_, average), (_, trained)) in zip(generators.named, networks.generators.named) {
        for (own, other) in zip(average.state, trained.state) {
          if decay == 0 || !own.isParameter {
            try own.tensor.copy(from: other.tensor)
          } else {
            try own.tensor.blend(scale: decay, adding: other.tensor, times: 1 - decay)
          }
        }
      }
    }
  }
}
