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

/// The exponential moving average (EMA) of both generators' weights.
///
/// Its translations change less from step to step and are usually better. The Unusual Effectiveness of Averaging in GAN
/// Training, https://arxiv.org/abs/1806.04498. The decay at step t is min(decay, (1 + t) / (10 + t)), so that the initial
/// weights are forgotten soon.
public final class AveragedGenerators {
  /// The averaged generators; they get no gradients.
  public let generators: GeneratorPair
  private let maximumDecay: Double

  /// An average that starts at the generators of `networks` and decays by at most `decay`, in 0..<1, in each step.
  init(of networks: NetworkSet, decay: Double) throws {
    maximumDecay = decay
    func makeSameKind(_ generator: any ImageGenerator) throws -> any ImageGenerator {
      let first = generator.parameters[0]
      let new = try networks.architecture.makeGenerator(
        from: RandomGenerator(seed: 0, device: first.device), dtype: first.dtype)
      try new.setRequiresGrad(false)
      return new
    }
    generators = GeneratorPair(
      genA2B: try makeSameKind(networks.genA2B), genB2A: try makeSameKind(networks.genB2A))
    try restart(at: networks)
  }

  /// The decay at `step`, counted from 1: the weight of the old average.
  func decay(at step: Int) -> Double { min(maximumDecay, Double(1 + step) / Double(10 + step)) }

  /// Restarts the average at the weights of `networks`.
  func restart(at networks: NetworkSet) throws {
    try withoutGradient {
      for (own, other) in zip(averages, trained(networks)) { try own.copy(from: other) }
    }
  }

  /// Moves the average towards the weights of `networks` by `weight`, 1 less the decay, a tensor of one element.
  func update(from networks: NetworkSet, weight: Tensor) throws {
    try averages.move(towards: trained(networks), by: weight)
  }

  private var averages: [Tensor] { generators.named.flatMap(\.module.parameters) }

  private func trained(_ networks: NetworkSet) -> [Tensor] {
    networks.generators.named.flatMap(\.module.parameters)
  }
}
