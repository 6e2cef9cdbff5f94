public import Tensors

/// The six networks of a run under their published names.
public final class NetworkSet {
  /// What they are.
  public let architecture: Architecture
  /// From domain A to domain B.
  public let genA2B: any ImageGenerator
  /// From domain B to domain A.
  public let genB2A: any ImageGenerator
  /// Judges domain A, globally.
  public let disGA: Discriminator
  /// Judges domain B, globally.
  public let disGB: Discriminator
  /// Judges domain A, locally.
  public let disLA: Discriminator
  /// Judges domain B, locally.
  public let disLB: Discriminator

  /// New networks, all drawn from one seed, on `device`, with weights of `dtype`.
  ///
  /// - Throws: `TensorError`, of kind `outOfMemory` where the model is too large.
  public init(
    _ architecture: Architecture, seed: UInt64, device: Device = .cpu, dtype: DType = .float32
  ) throws {
    precondition(architecture.problem == nil, architecture.problem ?? "")
    let random = try RandomGenerator(seed: seed, device: device)
    self.architecture = architecture
    genA2B = try architecture.makeGenerator(from: random, dtype: dtype)
    genB2A = try architecture.makeGenerator(from: random, dtype: dtype)
    disGA = try architecture.makeDiscriminator(.global, from: random, dtype: dtype)
    disGB = try architecture.makeDiscriminator(.global, from: random, dtype: dtype)
    disLA = try architecture.makeDiscriminator(.local, from: random, dtype: dtype)
    disLB = try architecture.makeDiscriminator(.local, from: random, dtype: dtype)
  }

  /// The networks by their names in the published checkpoints.
  public var named: [(name: String, module: any Module)] {
    [
      ("genA2B", genA2B), ("genB2A", genB2A), ("disGA", disGA), ("disGB", disGB), ("disLA", disLA),
      ("disLB", disLB),
    ]
  }

  /// The key of the first weight with values that are not finite, else of the first weight with such a gradient.
  func firstNotFinite() throws -> String? {
    if let key = try firstNotFiniteWeight() { return key }
    return try floatingState.first { try $0.tensor.grad().map { try !$0.isFinite() } ?? false }
      .map { "the gradient of \($0.key)" }
  }

  /// The key of the first weight with values that are not finite, whatever the gradients of the last step are.
  func firstNotFiniteWeight() throws -> String? {
    try floatingState.first { try !$0.tensor.isFinite() }?.key
  }

  private var floatingState: [(key: String, tensor: Tensor)] {
    named.flatMap { name, module in
      module.state.filter { $0.tensor.dtype != .int64 }.map { (key: "\(name).\($0.key)", tensor: $0.tensor) }
    }
  }

  /// Both generators.
  public var generators: GeneratorPair { GeneratorPair(genA2B: genA2B, genB2A: genB2A) }

  /// The discriminators in the published order.
  public var discriminators: [Discriminator] { [disGA, disGB, disLA, disLB] }

  /// What the generators' optimiser changes.
  public var generatorParameters: [Tensor] { genA2B.parameters + genB2A.parameters }

  /// What the discriminators' optimiser changes.
  public var discriminatorParameters: [Tensor] { discriminators.flatMap(\.parameters) }
}
