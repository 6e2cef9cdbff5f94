package import WeightFiles
import Dataset
public import Foundation
import Tensors

/// The complete state of a run, from which it resumes as if it had never stopped.
///
/// It is a safetensors file with the six networks under their published keys (`genA2B.DownBlock.1.weight`), both optimisers
/// (`optimizer.G.exp_avg.…`, `optimizer.G.exp_avg_sq.…`, `optimizer.G.step`), and, if the run keeps them, the moving average of the
/// generators (`ema.genA2B.…`), the image pools (`pool.A.0`) and the adaptive augmentation (`augment.strength`). The metadata contains the step, the architecture, the seed and the dataset's digest.
/// Batches and augmentation depend only on the seed and the step, so no other random state is stored.
public struct Checkpoint: Sendable {
  /// The description of a checkpoint.
  public struct Header: Sendable, Equatable, Codable {
    /// The number of finished steps.
    public var step: Int
    /// The architecture of the networks.
    public var architecture: Architecture
    /// The seed of weights, batches and augmentation.
    public var seed: UInt64
    /// The SHA-256 of the training images, in hexadecimal digits.
    public var dataset: String
    /// The distance of the translations from the target domain, both directions added; nil if it was not measured.
    public var distance: Double?
    /// The standard error of `distance`; nil if it was not measured.
    public var spread: Double?
    /// The number of processes that trained together; nil for one.
    public var processes: Int?
    /// The name of the measure of `distance`; nil without one, and in checkpoints of earlier versions.
    public var measure: String?

    /// Reads the header of the checkpoint `file`, and checks `networks`.
    ///
    /// - Throws: `CheckpointError.foreign` for weights of another trainer; `CheckpointError.damaged`.
    package init(_ file: WeightsFile, checking networks: [String]) throws(CheckpointError) {
      try self.init(file.metadata("easel"), file.url)
      guard file.isIntact(networks) else { throw .damaged(file.url.path) }
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

    /// A header with the given values.
    package init(
      step: Int, architecture: Architecture, seed: UInt64, dataset: String, distance: Double? = nil,
      spread: Double? = nil, measure: String? = nil, processes: Int? = nil
    ) {
      (self.step, self.architecture, self.seed) = (step, architecture, seed)
      (self.dataset, self.distance, self.spread, self.measure) = (dataset, distance, spread, measure)
      self.processes = processes
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
      let counts = try adam.steps.withUnsafeBytes { Data($0) }
      tensors["optimizer.\(letter).step"] = StoredTensor(element: .int64, shape: [keys.count], bytes: counts)
    }
    for (name, pool) in Checkpoint.pools(of: step) {
      for (index, image) in pool.images.enumerated() { tensors["\(name).\(index)"] = try StoredTensor(image) }
    }
    if let state = try step.augmentStrength?.state() {
      tensors[Checkpoint.strengthKey] = StoredTensor(
        element: .float64, shape: [state.count], bytes: state.withUnsafeBytes { Data($0) })
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(decoding: try encoder.encode(header), as: UTF8.self)
    file = Safetensors(tensors: tensors, metadata: ["easel": text, "format": "pt"])
  }

  /// Reads the checkpoint at `url`.
  ///
  /// - Throws: `CheckpointError` if the file is not a checkpoint of a run or is damaged; `SafetensorsError`.
  public init(contentsOf url: URL) throws {
    file = try Safetensors(contentsOf: url, maps: true)
    header = try Header(file.metadata["easel"], url)
    guard file.isIntact else { throw CheckpointError.damaged(url.path) }
  }

  /// Writes the checkpoint to `url`, with checksums; an existing file is replaced only when the new one is complete.
  ///
  /// - Throws: `WriteError`.
  public func write(to url: URL) throws {
    var file = file
    file.addChecksums(
      of: (WeightsFile.publishedNames + ["genA2B", "genB2A"].map(WeightsFile.averaged)).filter { name in
        file.tensors.keys.contains { $0.hasPrefix("\(name).") }
      })
    try AtomicFile.write(to: url) { writer in
      try file.write { data in try data.withUnsafeBytes { try writer.append($0) } }
    }
  }

  /// Whether the checkpoint contains a moving average of the generators.
  public var hasAverage: Bool { file.tensors.keys.contains { $0.hasPrefix("ema.") } }

  /// Copies the state into `step`; if the checkpoint has no moving average, that of `step` starts at the networks' weights.
  ///
  /// - Throws: `KeyDifference` if a network does not fit; `CheckpointError.incomplete`; `TensorError`.
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
        try adam.restore(
          steps: counts.bytes.withUnsafeBytes { bytes in
            (0..<keys.count).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self) }
          })
      }
    }
    if !hasAverage { try step.average?.restart(at: step.networks) }
    let device = step.networks.generatorParameters[0].device
    for (name, pool) in Checkpoint.pools(of: step) {
      var images: [Tensor] = []
      while let image = file.tensors["\(name).\(images.count)"] {
        images.append(try Tensor(image).to(device: device))
      }
      pool.restore(images)
    }
    let state = file.tensors[Checkpoint.strengthKey].map { stored in
      stored.bytes.withUnsafeBytes { bytes in
        (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
      }
    }
    step.augmentStrength?.restore(state)
  }

  /// The key of the adaptive augmentation's state.
  private static let strengthKey = "augment.strength"

  /// The image pools by their names in the checkpoint.
  private static func pools(of step: TrainingStep) -> [(name: String, pool: ImagePool)] {
    step.pools.map { [("pool.A", $0.a), ("pool.B", $0.b)] } ?? []
  }

  /// The averaged generators by their names in the checkpoint.
  private static func average(of step: TrainingStep) -> [(name: String, module: any Module)] {
    (step.average?.generators.named ?? []).map { ("ema.\($0.name)", $0.module) }
  }

  /// Both optimisers with the published keys of their parameters, in the optimiser's order.
  private static func optimisers(of step: TrainingStep) -> [(String, Adam, [String])] {
    func keys(_ names: Set<String>) -> [String] {
      step.networks.named.filter { names.contains($0.name) }.flatMap { name, module in
        module.state.filter(\.isParameter).map { "\(name).\($0.key)" }
      }
    }
    // The optimiser has the published order of discriminators, which differs from the checkpoint's.
    let discriminators = ["disGA", "disGB", "disLA", "disLB"]
    return [
      ("G", step.generatorAdam, keys(["genA2B", "genB2A"])),
      ("D", step.discriminatorAdam, discriminators.flatMap { keys([$0]) }),
    ]
  }
}

/// The reason why a checkpoint cannot be used.
public enum CheckpointError: Error, Sendable, CustomStringConvertible {
  /// The file is not a checkpoint of a run.
  case foreign(String)
  /// The file's bytes were changed after it was written.
  case damaged(String)
  /// A part is missing or invalid.
  case incomplete(String)
  /// The checkpoint has another architecture than the settings.
  case otherArchitecture(String, found: Architecture, wanted: Architecture)
  /// The checkpoint was trained on other images.
  case otherDataset(String)
  /// The checkpoint has another seed than the settings.
  case otherSeed(String, found: UInt64, wanted: UInt64)
  /// No checkpoint of the run can be read; the error of the newest one.
  case noneReadable(String, newest: String)

  /// Whether the checkpoint can be read but belongs to other settings or images.
  var concernsSettings: Bool {
    switch self {
    case .otherArchitecture, .otherDataset, .otherSeed: true
    case .foreign, .damaged, .incomplete, .noneReadable: false
    }
  }

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .foreign(let path):
      "\(path) is not a checkpoint of an Easel run; to translate with it, use: easel translate --weights \(path)"
    case .damaged(let path):
      "\(path) is damaged: its checksum does not match; delete it, or use an older checkpoint with --step"
    case .incomplete(let what): "the checkpoint is incomplete: \(what); choose an older one"
    case .otherArchitecture(let path, let found, let wanted):
      "\(path) was trained with \(found.text), but the settings ask for \(wanted.text); change them back, or train to another folder with --to"
    case .otherDataset(let path):
      "\(path) was trained on other images than the dataset contains now; train to another folder with --to, "
        + "or continue with the new images with --accept-dataset"
    case .otherSeed(let path, let found, let wanted):
      "\(path) was trained with train.seed \(found), not \(wanted); change it back, or train to another folder with --to"
    case .noneReadable(let path, let newest):
      "no checkpoint in \(path) can be read (\(newest)); move the folder away to start a new run"
    }
  }
}
