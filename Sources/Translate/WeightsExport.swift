public import Train
import WeightFiles
import Dataset
public import Foundation

/// A run's networks, written as the published trainers read them.
///
/// Where the run keeps a moving average of its generators, that is what is written under their names, because that is what
/// the run translates with.
public struct WeightsExport: Sendable {
  /// The kinds of files.
  public enum Format: Sendable {
    /// What `torch.save` writes: a dictionary with one state dict a network.
    case torch
    /// Safetensors, each key with its network's name before it.
    case safetensors
  }

  /// The steps that the networks were trained for.
  public let step: Int
  /// What the networks are.
  public let architecture: Architecture
  /// The networks' published names.
  public let names: [String]
  /// Whether the generators are moving averages.
  public var isAveraged: Bool { names.contains { file.emaOrCurrent($0) != $0 } }
  private let file: WeightsFile

  /// The networks of a run's best or newest checkpoint, or of the one of `step`.
  ///
  /// - Parameters:
  ///   - run: The run.
  ///   - step: The step whose checkpoint is taken.
  ///   - best: Whether the best checkpoint is taken rather than the newest.
  ///   - generator: The one generator that is wanted; nil for all six networks.
  /// - Throws: `CheckpointError`, `WeightsError`, `SafetensorsError`.
  public init(run: RunFolder, step: Int? = nil, best: Bool = false, generator: Direction? = nil) throws {
    let header: Checkpoint.Header
    (file, header) = try run.openCheckpoint(step: step, best: best)
    (self.step, architecture) = (header.step, header.architecture)
    names = generator.map { [$0.network] } ?? WeightsFile.publishedNames
  }

  /// Writes the networks to `url`; a file that was there stays until the new one is whole.
  ///
  /// - Throws: `WeightsError` where a network is missing, `WriteError`.
  public func write(_ format: Format, to url: URL) throws {
    let networks = try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try file.stateDict(file.emaOrCurrent($0))) })
    switch format {
    case .torch:
      try AtomicFile.write(to: url) { writer in
        try TorchWriter.write(networks: networks) { data in try data.withUnsafeBytes { try writer.append($0) }
        }
      }
    case .safetensors:
      let pairs = networks.flatMap { name, state in state.map { ("\(name).\($0.key)", $0.value) } }
      let file = Safetensors(tensors: Dictionary(uniqueKeysWithValues: pairs), metadata: ["format": "pt"])
      try AtomicFile.write(to: url) { writer in
        try file.write { data in try data.withUnsafeBytes { try writer.append($0) } }
      }
    }
  }
}
