public import Train
import WeightFiles
public import Foundation
package import Tensors

/// A generator in a file, known by what the file's header says; its weights are not read yet.
public struct TrainedGenerator: Sendable {
  /// What the network is.
  public let architecture: Architecture
  /// Which way it leads.
  public let direction: Direction
  /// The steps that the network was trained for; nil where the file does not tell.
  public let step: Int?
  private let file: WeightsFile

  /// The generator of a run: of its best or newest checkpoint, or of the one of `step`.
  ///
  /// - Parameters:
  ///   - run: The run.
  ///   - step: The step of the checkpoint; nil for the newest.
  ///   - best: Whether the best checkpoint is used rather than the newest.
  ///   - direction: Which generator.
  ///   - note: Receives one sentence for each damaged checkpoint that is skipped.
  /// - Throws: `CheckpointError`, `WeightsError`, `SafetensorsError`.
  public init(
    run: RunFolder, step: Int? = nil, best: Bool = false, direction: Direction,
    note: (String) -> Void = { _ in }
  ) throws {
    let (file, header) = try run.openCheckpoint(step: step, best: best, note: note)
    self.file = file
    (architecture, self.step) = (header.architecture, header.step)
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
    (file, step) = (try WeightsFile(contentsOf: weights), nil)
    let traits = try file.generator(file.emaOrCurrent(direction.network))
    architecture = traits.architecture(side: traits.side ?? side ?? 256)
    if let problem = architecture.problem { throw TrainError.architecture(problem) }
    self.direction = direction
    guard traits.blocks == 4 else {
      throw WeightsError(
        .unsupported, path: weights.path,
        "its generator has \(traits.blocks) residual blocks, and only networks with 4 can be used (--n_res 4)"
      )
    }
  }

  /// The keys of tensors in the file that the network does not use, at most 20, in alphabetical order.
  public func unusedKeys() throws -> [String] {
    let keys = try Set(smallTwin().state.map(\.key))
    return Array(try file.shapes(networkName).keys.filter { !keys.contains($0) }.sorted().prefix(20))
  }

  /// The network with its weights, on `device`.
  ///
  /// - Throws: `WeightsError` if the file is too small for the network or has values that are not finite; `KeyDifference`,
  ///   `TensorError`.
  package func makeGenerator(device: Device = .cpu) throws -> any ImageGenerator {
    let name = networkName
    let shapes = try file.shapes(name)
    let path = file.url.resolvingSymlinksInPath().path
    // A few bytes can claim any width. Elements grow with the square of the width, so a small twin says how many there must
    // be; at one byte an element the file must have at least a quarter of them.
    let twin = try smallTwin()
    let scale = Double(architecture.width / 4)
    let elements = Double(twin.parameters.reduce(0) { $0 + $1.count }) * scale * scale
    let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    guard elements / 4 <= Double(size) else {
      throw WeightsError(
        .damaged, path: path,
        "its first tensors claim a width of \(architecture.width), for which the file is too small")
    }
    let generator = try architecture.makeGenerator(from: RandomGenerator(seed: 0, device: device))
    let keys = Set(generator.state.map(\.key))
    let difference = KeyDifference(
      of: "\(name) of \(path)", expected: generator.state.map { ($0.key, $0.tensor.shape) },
      found: shapes.filter { keys.contains($0.key) })
    guard difference.isEmpty else { throw difference }
    try generator.load(try file.stateDict(name, keys: keys))
    if let entry = try generator.state.first(where: { try !$0.tensor.isFinite() }) {
      throw WeightsError(
        .damaged, path: path,
        "\(name).\(entry.key) contains values that are not numbers (NaN or infinity); use another checkpoint")
    }
    return generator
  }

  private var networkName: String { file.emaOrCurrent(direction.network) }

  /// A narrow network with the same keys.
  private func smallTwin() throws -> any ImageGenerator {
    var small = architecture
    small.width = 4
    return try small.makeGenerator(from: RandomGenerator(seed: 0))
  }
}
