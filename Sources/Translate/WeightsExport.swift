public import Train
import WeightFiles
import Dataset
public import Foundation

/// Writes a run's networks to a file that the published trainers can read.
///
/// If the run keeps a moving average of its generators, the average is written under the generators' names, because
/// translations use it.
public struct WeightsExport: Sendable {
  /// The file formats.
  public enum Format: Sendable {
    /// The format of `torch.save`: a dictionary with one state dict for each network.
    case torch
    /// Safetensors; each key starts with its network's name.
    case safetensors
  }

  /// The step of the checkpoint.
  public let step: Int
  /// The architecture of the networks.
  public let architecture: Architecture
  /// The networks' published names.
  public let names: [String]
  /// Whether the generators are moving averages.
  public var isAveraged: Bool { names.contains { file.emaOrCurrent($0) != $0 } }
  private let file: WeightsFile

  /// The networks of a run's newest or best checkpoint, or of the checkpoint of `step`.
  ///
  /// - Parameters:
  ///   - run: The run.
  ///   - step: The step of the checkpoint; nil for the newest or the best.
  ///   - best: Whether to use the best checkpoint instead of the newest.
  ///   - generator: The direction whose generator alone is written; nil for all six networks.
  /// - Throws: `CheckpointError`, `WeightsError`, `SafetensorsError`.
  public init(run: RunFolder, step: Int? = nil, best: Bool = false, generator: Direction? = nil) throws {
    names = generator.map { [$0.network] } ?? WeightsFile.publishedNames
    let header: Checkpoint.Header
    (file, header) = try run.openCheckpoint(step: step, best: best, networks: names)
    (self.step, architecture) = (header.step, header.architecture)
  }

  /// Writes the networks to `url`; an existing file is replaced only when the new one is complete.
  ///
  /// - Throws: `WeightsError` if a network is missing; `WriteError`.
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
