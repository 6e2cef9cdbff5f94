package import Foundation
package import Tensors
import WeightFiles

/// The reason why a step could not be compared or timed.
struct MeasurementError: Error, CustomStringConvertible {
  /// One sentence.
  let description: String

  init(_ description: String) { self.description = description }
}

/// A check that a device computes the training step as the processor does, and as the published programs do.
///
/// Each comparison starts at the same weights, drawn on the processor, and makes steps on the same images. The losses of the first
/// step have the strictest limit. Adam's first steps keep only the sign of a gradient, so later losses differ more.
package struct DeviceCheck {
  /// One comparison.
  package struct Row: Sendable, Equatable, Codable {
    /// The model.
    package let model: String
    /// What was compared with what.
    package let comparison: String
    /// The largest relative difference of a loss of the first step; nil if the comparison failed.
    package var first: Double?
    /// The limit of `first`.
    package let firstLimit: Double
    /// The largest relative difference of a loss of the later steps.
    package var later: Double?
    /// The limit of `later`; nil if there is none.
    package let laterLimit: Double?
    /// The loss with the largest difference in the first step.
    package var term: String?
    /// The error that prevented the comparison.
    package var error: String?

    /// Whether both differences are within their limits.
    package var passes: Bool {
      guard let first, let later else { return false }
      return first <= firstLimit && later <= laterLimit ?? .infinity
    }
  }

  /// The limits of relative differences from float32 on the processor in the first step, by precision.
  ///
  /// bfloat16 has 8 significant bits; TF32 and float16 have 11. photo2cartoon's normalised hourglasses amplify rounding: in
  /// bfloat16 its losses differ by up to 2e-2 on the processor too.
  package static func limit(_ precision: Precision, _ model: Architecture.Model) -> Double {
    switch precision {
    case .float32: 1e-5
    case .tf32, .float16: 5e-3
    case .bfloat16: model.isPhoto2cartoon ? 3e-2 : 1e-2
    }
  }
  /// The limit of relative differences between a CUDA graph and the same step without it, and of differences between two runs.
  package static let graphLimit = 1e-6

  private typealias Losses = [[String: Double]]

  /// The device that is checked.
  package let device: Device
  /// The number of steps on the device; those after the second replay a CUDA graph.
  package var steps = 4
  /// The side of the images in pixels.
  package var side = 128
  /// The width of the networks.
  package var width = 8

  /// A check of `device`.
  package init(_ device: Device) { self.device = device }

  /// Compares `model` in all precisions of the device with float32 on the processor, and CUDA graphs with plain steps.
  package func compare(_ model: Architecture.Model, report: (Row) -> Void) throws {
    let architecture = Architecture(model, side: side, width: width)
    let networks = try NetworkSet(architecture, seed: 1)
    let start = try networks.named.map { try $0.module.storedState() }
    let random = try RandomGenerator(seed: 2)
    let pairs = try (0..<steps).map { _ in
      try ImagePair(
        realA: random.uniform([1, 3, side, side], in: -1..<1),
        realB: random.uniform([1, 3, side, side], in: -1..<1))
    }
    func load(_ networks: NetworkSet) throws {
      for (network, state) in zip(networks.named, start) { try network.module.load(state) }
    }
    let expected = try losses(architecture, StepMode(), .cpu, Array(pairs.prefix(3)), load)
    let laterLimit = model.isPhoto2cartoon ? 3e-2 : 1e-3
    for precision in try StepMode.precisions(of: device) {
      let limit = Self.limit(precision, model)
      let later = precision == .float32 ? laterLimit : nil
      var plain: Losses?
      report(
        row(model, "\(precision.rawValue) against fp32 on the processor", limit, later) {
          let found = try losses(architecture, StepMode(precision), device, pairs, load)
          plain = found
          return (found, expected)
        })
      guard device != .cpu, let plain else { continue }
      var noise = 0.0
      report(
        row(model, "\(precision.rawValue) against the same again", limit, nil) {
          let again = try losses(architecture, StepMode(precision), device, pairs, load)
          noise = difference(again, plain).later
          return (again, plain)
        })
      // Some kernels of CUDA add in any order, so that two plain runs can differ too.
      report(
        row(
          model, "\(precision.rawValue) as a CUDA graph against without it", Self.graphLimit,
          max(Self.graphLimit, 3 * noise)
        ) {
          let mode = StepMode(precision, usesGraph: true)
          return (try losses(architecture, mode, device, pairs, load), plain)
        })
    }
  }

  /// Compares the device with three steps of the published programs, as stored in `train3_ugatit.safetensors` and
  /// `train3_p2c.safetensors` of `folder`: initial weights, images and losses.
  package func compareWithPublished(in folder: URL, report: (Row) -> Void) throws {
    for (file, model) in [
      ("train3_ugatit.safetensors", Architecture.Model.ugatitLight),
      ("train3_p2c.safetensors", .photo2cartoon),
    ] {
      let stored = try Safetensors(contentsOf: folder.appendingPathComponent(file))
      let published = try JSONDecoder().decode(
        Losses.self, from: Data((stored.metadata["losses"] ?? "").utf8))
      func tensor(_ name: String) throws -> Tensor {
        guard let tensor = stored.tensors[name] else {
          throw MeasurementError("\(file) has no tensor \(name)")
        }
        return try Tensor(tensor)
      }
      let pairs = try (1...published.count).map {
        try ImagePair(realA: tensor("step\($0).real_A"), realB: tensor("step\($0).real_B"))
      }
      func load(_ networks: NetworkSet) throws {
        for (name, module) in networks.named {
          let prefix = "init.\(name)."
          try module.load(
            Dictionary(
              uniqueKeysWithValues: stored.tensors.compactMap { key, tensor in
                key.hasPrefix(prefix) ? (String(key.dropFirst(prefix.count)), tensor) : nil
              }))
        }
      }
      let later = model.isPhoto2cartoon ? 1e-2 : 1e-3
      for usesGraph in device == .cpu ? [false] : [false, true] {
        report(
          row(model, "fp32\(usesGraph ? " as a CUDA graph" : "") against the published program", 1e-5, later)
          {
            let mode = StepMode(usesGraph: usesGraph)
            let architecture = Architecture(model, side: 128, width: 8)
            return (try losses(architecture, mode, device, pairs, load), published)
          })
      }
    }
  }

  /// Compares steps whose gradients pass through the exchange between processes with steps without it.
  ///
  /// This process is the only one, so that both must be equal. The exchange between GPUs, NCCL, is thus checked with one GPU too.
  package func compareExchange(report: (Row) -> Void) throws {
    let architecture = Architecture(.ugatitLight, side: side, width: width)
    let random = try RandomGenerator(seed: 3)
    let pairs = try (0..<steps).map { _ in
      try ImagePair(
        realA: random.uniform([1, 3, side, side], in: -1..<1),
        realB: random.uniform([1, 3, side, side], in: -1..<1))
    }
    let plain = try losses(architecture, StepMode(), device, pairs) { _ in }
    let again = try losses(architecture, StepMode(), device, pairs) { _ in }
    let noise = max(Self.graphLimit, 3 * difference(again, plain).later)
    for usesGraph in device == .cpu ? [false] : [false, true] {
      let name = "fp32\(usesGraph ? " graph" : "") with exchange against without"
      report(
        row(.ugatitLight, name, Self.graphLimit, noise) {
          let ranks = try Self.onlyProcess()
          defer { ranks.leave() }
          try ranks.connect(device, roundsGradients: false)
          return (
            try losses(architecture, StepMode(usesGraph: usesGraph), device, pairs, ranks: ranks) { _ in },
            plain
          )
        })
    }
  }

  /// A group of one process, on a port that no other program uses.
  private static func onlyProcess() throws -> RankGroup {
    func join() throws -> RankGroup {
      let port = UInt16.random(in: 20_000..<60_000)
      return try RankGroup(RankEnvironment(rank: 0, size: 1, host: "127.0.0.1", port: port)) { _ in }
    }
    for _ in 0..<20 {
      do { return try join() } catch RankError.portInUse { continue }
    }
    return try join()
  }

  /// The losses of one step for each pair, from the weights that `load` gives.
  private func losses(
    _ architecture: Architecture, _ mode: StepMode, _ device: Device, _ pairs: [ImagePair],
    ranks: RankGroup? = nil, _ load: (NetworkSet) throws -> Void
  ) throws -> Losses {
    let networks = try NetworkSet(architecture, seed: 1, device: device)
    try load(networks)
    let step = try mode.makeStep(networks)
    step.ranks = ranks
    return try pairs.enumerated().map { index, pair in
      let pair = ImagePair(realA: try pair.realA.to(device: device), realB: try pair.realB.to(device: device))
      let report = try step([pair], rate: 1e-4, number: index + 1)
      return Dictionary(
        try report.losses.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }
  }

  private func row(
    _ model: Architecture.Model, _ comparison: String, _ firstLimit: Double, _ laterLimit: Double?,
    _ body: () throws -> (Losses, Losses)
  ) -> Row {
    var row = Row(
      model: model.rawValue, comparison: comparison, firstLimit: firstLimit, laterLimit: laterLimit)
    do {
      let (found, expected) = try body()
      let difference = difference(found, expected)
      guard difference.first.isFinite, difference.later.isFinite else {
        throw MeasurementError("a loss is not a finite number: \(found.last ?? [:])")
      }
      (row.first, row.later, row.term) = (difference.first, difference.later, difference.term)
    } catch {
      row.error = "\(error)"
    }
    return row
  }

  /// The largest relative differences of the losses in the steps that both have; infinite if a loss is missing or not finite.
  private func difference(_ found: Losses, _ expected: Losses) -> (
    first: Double, later: Double, term: String?
  ) {
    var (first, later, term) = (0.0, 0.0, String?.none)
    for (index, (found, expected)) in zip(found, expected).enumerated() {
      for (name, value) in expected {
        let other = found[name] ?? .nan
        let difference = abs(other - value) / max(abs(value), 1e-6)
        let size = difference.isFinite ? difference : .infinity
        if index > 0 {
          later = max(later, size)
        } else if term == nil || size > first {
          (first, term) = (size, name)
        }
      }
    }
    return (first, later, term)
  }
}
