public import Train
import WeightFiles
public import Foundation
package import Tensors

/// A generator in a weights file whose header is read and whose weights are not yet loaded.
public struct TrainedGenerator: Sendable {
  /// The architecture of the network.
  public let architecture: Architecture
  /// The direction of translation.
  public let direction: Direction
  /// The steps that the network was trained for; nil where the file does not tell.
  public let step: Int?
  private let file: WeightsFile

  /// The generator of a run's newest or best checkpoint, or of the checkpoint of `step`.
  ///
  /// - Parameters:
  ///   - run: The run.
  ///   - step: The step of the checkpoint; nil for the newest.
  ///   - best: Whether to use the best checkpoint instead of the newest.
  ///   - direction: The direction of translation.
  ///   - note: Receives one sentence for each damaged checkpoint that is skipped.
  /// - Throws: `CheckpointError`, `WeightsError`, `SafetensorsError`.
  public init(
    run: RunFolder, step: Int? = nil, best: Bool = false, direction: Direction,
    note: (String) -> Void = { _ in }
  ) throws {
    let (file, header) = try run.openCheckpoint(
      step: step, best: best, networks: [direction.network], note: note)
    try self.init(file, header, direction: direction)
  }

  /// The generator of the open checkpoint `file`.
  ///
  /// - Throws: `TrainError.architecture`.
  init(_ file: WeightsFile, _ header: Checkpoint.Header, direction: Direction) throws {
    self.file = file
    (architecture, step) = (header.architecture, header.step)
    if let problem = architecture.problem { throw TrainError.architecture(problem) }
    self.direction = direction
  }

  /// The generator of a weights file of any published trainer; the architecture is inferred from the weights.
  ///
  /// - Parameters:
  ///   - weights: A `.pt` or safetensors file.
  ///   - direction: The direction of translation.
  ///   - side: The side of the network's input in pixels, if the weights do not fix it; nil for 256.
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
        "its generator has \(traits.blocks) residual blocks, but only networks with 4 can be used (--n_res 4)"
      )
    }
  }

  /// The keys of tensors in the file that the network does not use, at most 20, in alphabetical order.
  public func unusedKeys() throws -> [String] {
    let keys = try Set(narrowGenerator().state.map(\.key))
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
    // The header of a damaged file can claim any width. The number of elements grows with the square of the width, so it is
    // estimated from a narrow network; at one byte per element, the file must have at least a quarter of that many bytes.
    let narrow = try narrowGenerator()
    let scale = Double(architecture.width / 4)
    let elements = Double(narrow.parameters.reduce(0) { $0 + $1.count }) * scale * scale
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
        "\(name).\(entry.key) contains values that are not finite numbers; use another checkpoint")
    }
    return generator
  }

  private var networkName: String { file.emaOrCurrent(direction.network) }

  /// A narrow network with the same keys.
  private func narrowGenerator() throws -> any ImageGenerator {
    var narrow = architecture
    narrow.width = 4
    return try narrow.makeGenerator(from: RandomGenerator(seed: 0))
  }
}
