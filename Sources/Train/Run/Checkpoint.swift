package import WeightFiles
import Dataset
public import Foundation
import Tensors

/// The complete state of a run, from which it resumes as if it had never stopped.
///
/// A safetensors file: the six networks under their published keys (`genA2B.DownBlock.1.weight`), both optimisers
/// (`optimizer.G.exp_avg.…`, `optimizer.G.exp_avg_sq.…`, `optimizer.G.step`), the average of the generators where one is kept
/// (`ema.genA2B.…`), and in its metadata the step, the
/// architecture, the seed and the dataset's digest. Batches and augmentation are functions of seed and step, so these
/// two are the whole random state and the sampler's position.
public struct Checkpoint: Sendable {
  /// The description of a checkpoint.
  public struct Header: Sendable, Equatable, Codable {
    /// Steps done.
    public var step: Int
    /// What the networks are.
    public var architecture: Architecture
    /// The seed of weights, batches and augmentation.
    public var seed: UInt64
    /// The SHA-256 that names the training images.
    public var dataset: String
    /// The distance of the translations from the target domain, by `FeatureDistance`; nil if it was not measured.
    public var distance: Double?
    /// The standard error of `distance`; nil if it was not measured.
    public var spread: Double?

    /// The header of the checkpoint that `file` is.
    ///
    /// - Throws: `CheckpointError.foreign` for weights of another trainer.
    package init(_ file: WeightsFile) throws(CheckpointError) {
      try self.init(file.metadata("easel"), file.url)
      guard file.isIntact else { throw .damaged(file.url.path) }
    }

    fileprivate init(_ text: String?, _ url: URL) throws(CheckpointError) {
      guard let text, let header = try? JSONDecoder().decode(Header.self, from: Data(text.utf8)) else {
        throw .foreign(url.path)
      }
      guard header.step >= 0, header.step < 1 << 48, header.architecture.problem == nil else {
        throw .damaged(url.path)
      }
      self = header
    }

    /// A header of these values.
    package init(
      step: Int, architecture: Architecture, seed: UInt64, dataset: String, distance: Double? = nil,
      spread: Double? = nil
    ) {
      (self.step, self.architecture, self.seed) = (step, architecture, seed)
      (self.dataset, self.distance, self.spread) = (dataset, distance, spread)
    }
  }

  /// The description.
  public let header: Header
  private let file: Safetensors

  /// The state of `step` after `header.step` steps.
  ///
  /// - Throws: `TensorError`.
  public init(_ header: Header, of step: TrainingStep) throws {
    self.header = header
    var tensors: [String: StoredTensor] = [:]
    for (name, module) in step.networks.named + Checkpoint.average(of: step) {
      for (key, tensor) in try module.storedState() { tensors["\(name).\(key)"] = tensor }
    }
    for (letter, adam, keys) in Checkpoint.optimisers(of: step) {
      for (index, key) in keys.enumerated() {
        tensors["optimizer.\(letter).exp_avg.\(key)"] = try StoredTensor(adam.firstMoments[index])
        tensors["optimizer.\(letter).exp_avg_sq.\(key)"] = try StoredTensor(adam.secondMoments[index])
      }
      let counts = adam.steps.withUnsafeBytes { Data($0) }
      tensors["optimizer.\(letter).step"] = StoredTensor(element: .int64, shape: [keys.count], bytes: counts)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(decoding: try encoder.encode(header), as: UTF8.self)
    var file = Safetensors(tensors: tensors, metadata: ["easel": text, "format": "pt"])
    file.metadata[Safetensors.checksumKey] = file.checksum()
    self.file = file
  }

  /// Reads the checkpoint at `url`.
  ///
  /// - Throws: `CheckpointError` for a file that is no checkpoint of a run; `SafetensorsError` for a damaged one.
  public init(contentsOf url: URL) throws {
    file = try Safetensors(contentsOf: url)
    header = try Header(file.metadata["easel"], url)
    guard file.isIntact else { throw CheckpointError.damaged(url.path) }
  }

  /// Writes the checkpoint to `url`; a file that was there stays until the new one is whole.
  ///
  /// - Throws: `WriteError`.
  public func write(to url: URL) throws {
    try AtomicFile.write(to: url) { writer in
      try file.write { data in try data.withUnsafeBytes { try writer.append($0) } }
    }
  }

  /// Whether the run kept an average of its generators.
  public var hasAverage: Bool { file.tensors.keys.contains { $0.hasPrefix("ema.") } }

  /// Puts the state into `step`, whose average, where the checkpoint has none, begins at the networks' weights.
  ///
  /// - Throws: `KeyDifference` before anything is changed, where the networks are of another shape.
  public func restore(_ step: TrainingStep) throws {
    let average = Checkpoint.average(of: step)
    let hasAverage = hasAverage
    for (name, module) in step.networks.named + (hasAverage ? average : []) {
      let prefix = name + "."
      let state = file.tensors.filter { $0.key.hasPrefix(prefix) }
      try module.load(
        Dictionary(uniqueKeysWithValues: state.map { (String($0.key.dropFirst(prefix.count)), $0.value) }))
    }
    try withoutGradient {
      for (letter, adam, keys) in Checkpoint.optimisers(of: step) {
        for (index, key) in keys.enumerated() {
          guard let first = file.tensors["optimizer.\(letter).exp_avg.\(key)"],
            let second = file.tensors["optimizer.\(letter).exp_avg_sq.\(key)"]
          else { throw CheckpointError.incomplete("optimizer.\(letter) has no state for \(key)") }
          try adam.firstMoments[index].copy(from: Tensor(first))
          try adam.secondMoments[index].copy(from: Tensor(second))
        }
        guard let counts = file.tensors["optimizer.\(letter).step"], counts.bytes.count == keys.count * 8
        else { throw CheckpointError.incomplete("optimizer.\(letter) has no step") }
        adam.restore(
          steps: counts.bytes.withUnsafeBytes { bytes in
            (0..<keys.count).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self) }
          })
      }
    }
    if !hasAverage { try step.average?.begin(at: step.networks) }
  }

  /// The averaged generators by their names in the checkpoint.
  private static func average(of step: TrainingStep) -> [(name: String, module: any Module)] {
    (step.average?.generators.named ?? []).map { ("ema.\($0.name)", $0.module) }
  }

  /// Both optimisers with the published keys of their parameters, in the optimisers' order.
  private static func optimisers(of step: TrainingStep) -> [(String, Adam, [String])] {
    func keys(_ names: Set<String>) -> [String] {
      step.networks.named.filter { names.contains($0.name) }.flatMap { name, module in
        module.state.filter(\.isParameter).map { "\(name).\($0.key)" }
      }
    }
    // The optimiser's order of discriminators is the published one, which is not the checkpoint's.
    let discriminators = ["disGA", "disGB", "disLA", "disLB"]
    return [
      ("G", step.generatorAdam, keys(["genA2B", "genB2A"])),
      ("D", step.discriminatorAdam, discriminators.flatMap { keys([$0]) }),
    ]
  }
}

/// Why a checkpoint cannot be used.
public enum CheckpointError: Error, Sendable, CustomStringConvertible {
  /// The file is not a checkpoint of a run.
  case foreign(String)
  /// Its bytes were changed after it was written.
  case damaged(String)
  /// Something is missing in it.
  case incomplete(String)
  /// It is of other networks.
  case otherArchitecture(String, found: Architecture, wanted: Architecture)
  /// It is of other images.
  case otherDataset(String)
  /// It is of another seed.
  case otherSeed(String, found: UInt64, wanted: UInt64)
  /// No checkpoint of the run can be read; why the newest cannot.
  case noneReadable(String, newest: String)

  /// Whether the checkpoint is sound, but of a run with other settings.
  var concernsSettings: Bool {
    switch self {
    case .otherArchitecture, .otherDataset, .otherSeed: true
    case .foreign, .damaged, .incomplete, .noneReadable: false
    }
  }

  /// One sentence with the way out.
  public var description: String {
    switch self {
    case .foreign(let path):
      "\(path) is no checkpoint of an Easel run; to translate with it use: easel translate --weights \(path)"
    case .damaged(let path):
      "\(path) is damaged: its bytes are not those that were written; delete it, or use an older checkpoint with --step"
    case .incomplete(let what): "the checkpoint is incomplete: \(what); choose an older one"
    case .otherArchitecture(let path, let found, let wanted):
      "\(path) contains a run of \(found.text), and the settings ask for \(wanted.text); set them back, or train to another folder with --to"
    case .otherDataset(let path):
      "\(path) was trained on other images than the dataset contains now; train to another folder with --to, "
        + "or continue with the new images with --accept-dataset"
    case .otherSeed(let path, let found, let wanted):
      "\(path) was started with seed \(found), not \(wanted); set it back, or train to another folder with --to"
    case .noneReadable(let path, let newest):
      "no checkpoint in \(path) can be read (\(newest)); move the folder away to start a new run"
    }
  }
}
