public import Foundation

/// The networks in a weights file, whatever trainer wrote it: `.pt` of either layout, or safetensors.
///
/// The format is told by the content, not by the name. Tensors stay in the mapped file until they are asked for, so one
/// generator out of a checkpoint of six costs one generator.
public struct WeightsFile: Sendable {
  /// The names of the six networks in the published checkpoints.
  public static let publishedNames = ["genA2B", "genB2A", "disGA", "disGB", "disLA", "disLB"]

  /// The networks' names, in the file's order; the only network of a file is `genA2B` unless it has a published name.
  public let names: [String]
  private let url: URL
  private let source: Source
  private let networks: [String: Network]

  private struct Network {
    /// The name of its state dict in a file of `torch.save`; nil for a bare one.
    var entry: String?
    /// The keys with what the file puts before them, by the keys without.
    var keys: [String: String]
  }

  private enum Source: Sendable {
    case torch(TorchArchive)
    case safetensors(Safetensors)
  }

  /// Opens the file at `url` and finds its networks.
  ///
  /// - Throws: `WeightsError` or `SafetensorsError` for a file that is damaged, of another kind, or asks to run something;
  ///   Foundation's error for one that cannot be opened.
  public init(contentsOf url: URL) throws {
    self.url = url
    let start = try FileHandle(forReadingFrom: url)
    let beginning = try start.read(upToCount: 9) ?? Data()
    try start.close()
    if TorchArchive.matches(beginning) {
      let archive = try TorchArchive(contentsOf: url)
      source = .torch(archive)
      var entries: [(name: String, entry: String?)] = archive.networks.map { ($0, $0) }
      if archive.isBareStateDict {
        entries = [("genA2B", nil)]
      } else if entries.count == 1, !Self.publishedNames.contains(entries[0].name) {
        entries[0].name = "genA2B"
      }
      names = entries.map(\.name)
      networks = try Dictionary(
        uniqueKeysWithValues: entries.map { name, entry in
          let keys = Array(try archive.shapes(entry).keys)
          return (name, Network(entry: entry, keys: Self.withoutParallelPrefix(keys)))
        })
    } else if beginning.last == UInt8(ascii: "{") {
      let file = try Safetensors(contentsOf: url)
      source = .safetensors(file)
      let averaged = ["genA2B", "genB2A"].map(Self.averaged)
      let named = (Self.publishedNames + averaged).filter { name in
        file.tensors.keys.contains { $0.hasPrefix(name + ".") }
      }
      names = named.isEmpty ? ["genA2B"] : named
      networks = Dictionary(
        uniqueKeysWithValues: names.map { name in
          let prefix = named.isEmpty ? "" : name + "."
          let inside = file.tensors.keys.filter { $0.hasPrefix(prefix) }
          let bare = inside.map { String($0.dropFirst(prefix.count)) }
          return (name, Network(entry: nil, keys: Self.withoutParallelPrefix(bare).mapValues { prefix + $0 }))
        })
    } else {
      throw WeightsError(
        .notWeights, path: url.path, "it begins neither like a file of torch.save nor like safetensors")
    }
    guard !names.isEmpty else {
      throw WeightsError(
        .unsupported, path: url.path, "it holds no state dict, so there are no weights to use")
    }
  }

  /// What the moving average of the network called `name` is called in a run's checkpoint.
  public static func averaged(_ name: String) -> String { "ema.\(name)" }

  /// The generator that pictures go through: the moving average of the one called `name` where the file has it.
  public func shown(_ name: String) -> String {
    names.contains(Self.averaged(name)) ? Self.averaged(name) : name
  }

  /// Keys without the `module.` that DataParallel puts before all of them.
  private static func withoutParallelPrefix(_ keys: [String]) -> [String: String] {
    let prefix = keys.allSatisfy { $0.hasPrefix("module.") } ? "module." : ""
    return Dictionary(uniqueKeysWithValues: keys.map { (String($0.dropFirst(prefix.count)), $0) })
  }

  /// The shapes of the tensors of the network called `name`, by key.
  ///
  /// - Throws: `WeightsError` where there is no such network.
  public func shapes(_ name: String) throws(WeightsError) -> [String: [Int]] {
    let network = try network(name)
    switch source {
    case .torch(let archive):
      let shapes = try archive.shapes(network.entry)
      return network.keys.compactMapValues { shapes[$0] }
    case .safetensors(let file): return network.keys.compactMapValues { file.tensors[$0]?.shape }
    }
  }

  /// The tensors of the network called `name`, by key.
  ///
  /// - Throws: `WeightsError` where there is no such network or its bytes are damaged.
  public func stateDict(_ name: String) throws(WeightsError) -> [String: StoredTensor] {
    let network = try network(name)
    switch source {
    case .torch(let archive):
      let tensors = try archive.stateDict(network.entry)
      return network.keys.compactMapValues { tensors[$0] }
    case .safetensors(let file): return network.keys.compactMapValues { file.tensors[$0] }
    }
  }

  /// How the generator called `name` was built.
  ///
  /// - Throws: `WeightsError` where there is none, or it is of no published family.
  public func generator(_ name: String = "genA2B") throws(WeightsError) -> GeneratorTraits {
    let shapes = try shapes(name)
    do throws(WeightsError) { return try GeneratorTraits(shapes: shapes) } catch {
      throw error.at(path: url.path)
    }
  }

  /// How the discriminator called `name` was built.
  ///
  /// - Throws: `WeightsError` where there is none, or it is not the published one.
  public func discriminator(_ name: String) throws(WeightsError) -> DiscriminatorTraits {
    let shapes = try shapes(name)
    do throws(WeightsError) { return try DiscriminatorTraits(shapes: shapes) } catch {
      throw error.at(path: url.path)
    }
  }

  private func network(_ name: String) throws(WeightsError) -> Network {
    guard let network = networks[name] else {
      throw WeightsError(.missing, path: url.path, "it holds \(names.joined(separator: ", ")), not \(name)")
    }
    return network
  }
}
