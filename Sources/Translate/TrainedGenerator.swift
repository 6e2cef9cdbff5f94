public import Train
import WeightFiles
public import Foundation
import Tensors

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
    file = try WeightsFile(contentsOf: url)
    architecture = try Checkpoint.Header(file).architecture
    if let problem = architecture.problem { throw TrainError.architecture(problem) }
    self.direction = direction
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
    let traits = try file.generator(file.emaOrCurrent(direction.network))
    architecture = traits.architecture(side: traits.side ?? side ?? 256)
    if let problem = architecture.problem { throw TrainError.architecture(problem) }
    self.direction = direction
  }

  /// The network with its weights.
  ///
  /// - Throws: `WeightsError`, `KeyDifference`, `TensorError`.
  func makeGenerator() throws -> any ImageGenerator {
    let generator = try architecture.makeGenerator(from: RandomGenerator(seed: 0))
    try generator.load(try file.stateDict(file.emaOrCurrent(direction.network)))
    return generator
  }
}
