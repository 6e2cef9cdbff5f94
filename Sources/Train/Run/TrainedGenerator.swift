public import Foundation
import Tensors

/// The two ways through a pair of generators.
public enum Direction: String, Sendable, CaseIterable {
  /// Photographs to anime.
  case aToB = "AtoB"
  /// Anime to photographs.
  case bToA = "BtoA"

  /// The generator's published name.
  public var network: String { self == .aToB ? "genA2B" : "genB2A" }
}

/// A generator in a file, known by what the file's header says; its weights are not read yet.
public struct TrainedGenerator: Sendable {
  /// What the network is.
  public let architecture: Architecture
  /// Which way it leads.
  public let direction: Direction
  private let file: WeightsFile

  /// The generator of a run: of its best or newest checkpoint, or of the one of `step`.
  ///
  /// - Throws: `CheckpointError`, `WeightsError`, `SafetensorsError`.
  public init(run: RunFolder, step: Int? = nil, best: Bool = false, direction: Direction) throws {
    let url = try run.existingCheckpoint(step: step, best: best)
    architecture = try Checkpoint(contentsOf: url).header.architecture
    if let problem = architecture.problem { throw TrainError.architecture(problem) }
    self.direction = direction
    file = try WeightsFile(contentsOf: url)
  }

  /// The generator of a weights file of any published trainer; model, width and, where they tell it, side are inferred.
  ///
  /// - Parameters:
  ///   - weights: A `.pt` or safetensors file.
  ///   - direction: Which of its generators.
  ///   - side: The side that pictures are translated at; nil for what the weights tell, else 256.
  /// - Throws: `WeightsError`, `SafetensorsError`, `TrainError`.
  public init(weights: URL, direction: Direction, side: Int? = nil) throws {
    file = try WeightsFile(contentsOf: weights)
    let traits = try file.generator(file.shown(direction.network))
    architecture = traits.architecture(side: traits.side ?? side ?? 256)
    if let problem = architecture.problem { throw TrainError.architecture(problem) }
    self.direction = direction
  }

  /// The network with its weights.
  ///
  /// - Throws: `WeightsError`, `KeyDifference`, `TensorError`.
  func makeGenerator() throws -> any ImageGenerator {
    let generator = try architecture.makeGenerator(from: Generator(seed: 0))
    try generator.load(try file.stateDict(file.shown(direction.network)))
    return generator
  }
}

extension RunFolder {
  /// The file of the run's best or newest checkpoint, or of the one of `step`.
  ///
  /// - Throws: `WeightsError` where it is not there.
  func existingCheckpoint(step: Int?, best: Bool) throws(WeightsError) -> URL {
    let url = step.map(checkpoint(step:)) ?? (best ? self.best : latest)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw WeightsError(
        .missing, path: url.path, "there is no such checkpoint; a run writes one with: easel train")
    }
    return url.resolvingSymlinksInPath()
  }
}
