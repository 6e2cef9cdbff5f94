public import Foundation

/// The state dicts in a weights file: `.pt` of either layout, or safetensors.
///
/// The format is detected from the content, not from the name.
public struct WeightsFile: Sendable {
  /// The names of the networks, in the file's order.
  public let names: [String]
  /// The file.
  public let url: URL
  private let source: Source
  private let networks: [String: Network]

  private struct Network {
    /// The name of its state dict in a file of `torch.save`; nil for a bare state dict.
    var entry: String?
    /// The keys in the file, by the keys without prefix.
    var keys: [String: String]
  }

  private enum Source: Sendable {
    case torch(TorchArchive)
    case safetensors(Safetensors)
  }

  /// Opens the file at `url` and finds its networks.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - expected: The names that networks can have: of state dicts in a `.pt` file, or as a prefix of flat keys (`name.key`).
  ///   - otherwise: The name of the only network of a file that uses none of the expected names.
  ///   - maps: Whether a safetensors file is mapped, so that one network of a large checkpoint costs the time and memory of that
  ///     network only: see `Data.init(weightsAt:maps:)`.
  /// - Throws: `WeightsError` or `SafetensorsError` if the file is damaged, of another kind, or contains code;
  ///   Foundation's error if it cannot be opened.
  public init(contentsOf url: URL, networks expected: [String], otherwise: String, maps: Bool = false) throws
  {
    self.url = url
    try WeightsError.requireFile(url)
    let start = try FileHandle(forReadingFrom: url)
    let beginning = try start.read(upToCount: 9) ?? Data()
    try start.close()
    var found: [String: Network] = [:]
    var order: [String]
    var unread: [String] = []
    if TorchArchive.matches(beginning) {
      let archive = try TorchArchive(contentsOf: url)
      source = .torch(archive)
      unread = archive.root.unreadNames
      if archive.isBareStateDict {
        found = Self.byPrefix(Array(try archive.shapes().keys), expected, otherwise)
        order = Self.order(of: found, expected)
      } else {
        order = []
        for entry in archive.networks {
          // PyTorch Lightning stores all networks as one state dict of flat keys.
          let all = Array(try archive.shapes(entry).keys)
          if !expected.contains(entry),
            all.contains(where: { key in
              expected.contains { key.hasPrefix($0 + ".") }
            })
          {
            let flat = Self.byPrefix(all, expected, otherwise, in: entry)
            for name in Self.order(of: flat, expected) where found[name] == nil {
              found[name] = flat[name]
              order.append(name)
            }
            continue
          }
          let isOnlyOne = archive.networks.count == 1 && !expected.contains(entry)
          let name = isOnlyOne ? otherwise : entry
          let keys = Self.withoutParallelPrefix(all)
          found[name] = Network(entry: entry, keys: keys)
          order.append(name)
        }
      }
    } else if beginning.last == UInt8(ascii: "{") {
      let file = try Safetensors(contentsOf: url, maps: maps)
      source = .safetensors(file)
      found = Self.byPrefix(Array(file.tensors.keys), expected, otherwise)
      order = Self.order(of: found, expected)
    } else {
      throw WeightsError(
        .notWeights, path: url.path, "it begins neither like a file of torch.save nor like safetensors")
    }
    (names, networks, self.unread) = (order, found, unread)
    guard !names.isEmpty else {
      throw WeightsError(
        .unsupported, path: url.path,
        "it contains no state dict, so there are no weights to use\(Self.advice(unread))")
    }
  }

  private static func advice(_ unread: [String]) -> String {
    unread.isEmpty
      ? ""
      : " (it contains an object of \(unread[0].printable)); save model.state_dict() with torch.save instead"
  }

  /// The classes of objects in the file that were skipped, because only containers, numbers, text and tensors are read.
  public let unread: [String]

  /// Flat keys sorted into networks: by their prefix if one of `expected` is used, else all under `otherwise`.
  private static func byPrefix(
    _ keys: [String], _ expected: [String], _ otherwise: String, in entry: String? = nil
  ) -> [String: Network] {
    var networks: [String: Network] = [:]
    for name in expected {
      let prefix = name + "."
      let inside = keys.filter { $0.hasPrefix(prefix) }
      guard !inside.isEmpty else { continue }
      let bare = withoutParallelPrefix(inside.map { String($0.dropFirst(prefix.count)) })
      networks[name] = Network(entry: entry, keys: bare.mapValues { prefix + $0 })
    }
    return networks.isEmpty ? [otherwise: Network(entry: entry, keys: withoutParallelPrefix(keys))] : networks
  }

  /// The names of `networks`, the expected ones first.
  private static func order(of networks: [String: Network], _ expected: [String]) -> [String] {
    expected.filter { networks[$0] != nil } + networks.keys.filter { !expected.contains($0) }
  }

  /// Keys without the `module.` that DataParallel puts before all of them.
  private static func withoutParallelPrefix(_ keys: [String]) -> [String: String] {
    let prefix = keys.allSatisfy { $0.hasPrefix("module.") } ? "module." : ""
    return Dictionary(uniqueKeysWithValues: keys.map { (String($0.dropFirst(prefix.count)), $0) })
  }

  /// The text stored under `key` in a safetensors file; nil for other files.
  public func metadata(_ key: String) -> String? {
    if case .safetensors(let file) = source { file.metadata[key] } else { nil }
  }

  /// Whether `networks` have the checksums that the file states; true if it states none.
  package func isIntact(_ networks: [String]) -> Bool {
    if case .safetensors(let file) = source { file.isIntact(networks) } else { true }
  }

  /// The shapes of the tensors of the network called `name`, by key.
  ///
  /// - Throws: `WeightsError` if there is no such network.
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
  /// - Parameters:
  ///   - name: One of `names`.
  ///   - wanted: The keys to read; nil for all. Tensors under other keys are not read.
  /// - Returns: The tensors by key.
  /// - Throws: `WeightsError` if there is no such network or its bytes are damaged.
  public func stateDict(
    _ name: String, keys wanted: Set<String>? = nil
  ) throws(WeightsError) -> [String: StoredTensor] {
    let keys = try network(name).keys.filter { wanted?.contains($0.key) ?? true }
    switch source {
    case .torch(let archive):
      let tensors = try archive.stateDict(try network(name).entry, keys: Set(keys.values))
      return keys.compactMapValues { tensors[$0] }
    case .safetensors(let file): return keys.compactMapValues { file.tensors[$0] }
    }
  }

  private func network(_ name: String) throws(WeightsError) -> Network {
    guard let network = networks[name] else {
      throw WeightsError(
        .missing, path: url.path, "it contains \(names.joined(separator: ", ")), not \(name)")
    }
    return network
  }
}
