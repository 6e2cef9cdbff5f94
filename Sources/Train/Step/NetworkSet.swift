import Foundation
public import Tensors

/// The six networks of a run under their published names.
public final class NetworkSet {
  /// The architecture of the networks.
  public let architecture: Architecture
  /// The generator from domain A to domain B.
  public let genA2B: any ImageGenerator
  /// The generator from domain B to domain A.
  public let genB2A: any ImageGenerator
  /// The global discriminator of domain A.
  public let disGA: Discriminator
  /// The global discriminator of domain B.
  public let disGB: Discriminator
  /// The local discriminator of domain A.
  public let disLA: Discriminator
  /// The local discriminator of domain B.
  public let disLB: Discriminator

  /// New networks on `device` with random weights of `dtype`, drawn from one seed.
  ///
  /// - Throws: `TensorError`; its kind is `outOfMemory` if the model is too large.
  public init(
    _ architecture: Architecture, seed: UInt64, device: Device = .cpu, dtype: DType = .float32
  ) throws {
    precondition(architecture.problem == nil, architecture.problem ?? "")
    // Drawing 130 million numbers takes seconds. Each network has a generator of its own, so that they are drawn at the same time.
    let made = Networks()
    DispatchQueue.concurrentPerform(iterations: 6) { index in
      made.set(
        index,
        Result {
          let random = try RandomGenerator(seed: seed &* 6 &+ UInt64(index), device: device)
          return index < 2
            ? try architecture.makeGenerator(from: random, dtype: dtype)
            : try architecture.makeDiscriminator(index < 4 ? .global : .local, from: random, dtype: dtype)
        })
    }
    self.architecture = architecture
    (genA2B, genB2A) = (try made.get(0), try made.get(1))
    (disGA, disGB, disLA, disLB) = (try made.get(2), try made.get(3), try made.get(4), try made.get(5))
  }

  /// The networks that several threads make.
  private final class Networks: @unchecked Sendable {
    private let lock = NSLock()
    private var results: [Int: Result<any Module, any Error>] = [:]

    func set(_ index: Int, _ result: Result<any Module, any Error>) {
      lock.withLock { results[index] = result }
    }

    func get<Network>(_ index: Int) throws -> Network {
      guard let network = try results[index]?.get() as? Network else {
        preconditionFailure("each index makes the network of its type")
      }
      return network
    }
  }

  /// The networks by their names in the published checkpoints.
  public var named: [(name: String, module: any Module)] {
    [
      ("genA2B", genA2B), ("genB2A", genB2A), ("disGA", disGA), ("disGB", disGB), ("disLA", disLA),
      ("disLB", disLB),
    ]
  }

  /// The key of the first weight that is not finite, else of the first weight whose gradient is not finite; nil if none.
  func firstNotFinite() throws -> String? {
    if let key = try firstNotFiniteWeight() { return key }
    return try floatingState.first { try $0.tensor.grad().map { try !$0.isFinite() } ?? false }
      .map { "the gradient of \($0.key)" }
  }

  /// The key of the first weight that is not finite; gradients are not checked.
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

  /// The parameters of the generators' optimiser.
  public var generatorParameters: [Tensor] { genA2B.parameters + genB2A.parameters }

  /// The parameters of the discriminators' optimiser.
  public var discriminatorParameters: [Tensor] { discriminators.flatMap(\.parameters) }
}
