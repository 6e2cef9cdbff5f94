public import Foundation

/// A file that `torch.save` wrote, read without Python and without running anything in it.
///
/// Both layouts are read: the zip of PyTorch 1.6 and later, and the sequence of pickles before it. Tensors stay in the file,
/// which is mapped, until `tensor(_:)` or `stateDict(_:)` asks for them.
/// Source: torch/serialization.py (`_save`, `_legacy_save`).
public struct TorchArchive: Sendable {
  /// The saved value.
  public let root: TorchValue
  private let path: String?
  private let storages: Storages

  private enum Storages: Sendable {
    case zip(ZipArchive, prefix: String)
    case legacy(Data, [String: Range<Int>])
  }

  /// Reads the file at `url`.
  ///
  /// - Throws: `WeightsError`.
  public init(contentsOf url: URL) throws {
    let data = try Data(weightsAt: url)
    do throws(WeightsError) {
      try self.init(data, path: url.path)
    } catch {
      throw error.at(path: url.path)
    }
  }

  /// Reads `data`, which is a complete file.
  ///
  /// - Throws: `WeightsError`.
  public init(_ data: Data) throws(WeightsError) { try self.init(data, path: nil) }

  private init(_ data: Data, path: String?) throws(WeightsError) {
    self.path = path
    if ZipArchive.matches(data) {
      (root, storages) = try Self.readZip(data)
    } else if Self.matchesLegacy(data) {
      (root, storages) = try Self.readLegacy(data)
    } else {
      throw WeightsError(
        .notWeights,
        data.isEmpty
          ? "it is empty"
          : "it begins neither as a zip archive nor as a pickle, so torch.save did not write it")
    }
  }

  /// Whether `data` begins like a file of either layout.
  public static func matches(_ data: Data) -> Bool { ZipArchive.matches(data) || matchesLegacy(data) }

  private static func matchesLegacy(_ data: Data) -> Bool {
    data.count > 2 && data.first == 0x80 && (2...5).contains(data[data.startIndex + 1])
  }

  // MARK: Contents

  /// The bytes of `tensor`, gathered if it is a view that is not contiguous.
  ///
  /// - Throws: `WeightsError` if the file does not hold them or they are damaged.
  public func tensor(_ tensor: TorchTensor) throws(WeightsError) -> StoredTensor {
    do throws(WeightsError) {
      let needed = tensor.storage.count.multipliedReportingOverflow(by: tensor.element.size)
      guard let bytes = try bytes(of: tensor.storage), !needed.overflow else {
        throw WeightsError(.damaged, "the storage \(tensor.storage.key) is not in it")
      }
      guard bytes.count == needed.partialValue else {
        throw WeightsError(
          .damaged,
          "the storage \(tensor.storage.key) has \(bytes.count) bytes, not \(needed.partialValue)")
      }
      return tensor.gather(from: bytes)
    } catch {
      throw path.map { error.at(path: $0) } ?? error
    }
  }

  /// The names of the state dicts in the outermost dictionary, in order: genA2B, genB2A, disGA ...
  public var networks: [String] {
    guard case .dictionary(let pairs) = root else { return [] }
    var seen: Set<String> = []
    return pairs.compactMap { pair in
      guard let name = pair.key.text, Self.isStateDict(pair.value) else { return nil }
      return seen.insert(name).inserted ? name : nil
    }
  }

  /// Whether the file itself is one state dict; tensors beside state dicts, such as a random state, do not make it one.
  public var isBareStateDict: Bool { networks.isEmpty && Self.isStateDict(root) }

  /// The tensors of the network called `name`, or of the file itself if `name` is nil.
  ///
  /// - Parameters:
  ///   - name: One of `networks`, or nil for a file that is one state dict.
  ///   - wanted: The keys to read; nil for all. Entries that are not tensors are skipped.
  /// - Returns: The tensors by key.
  /// - Throws: `WeightsError` if there is no such network, or its bytes are damaged.
  public func stateDict(
    _ name: String? = nil, keys wanted: Set<String>? = nil
  ) throws(WeightsError) -> [String: StoredTensor] {
    var tensors: [String: StoredTensor] = [:]
    for (key, view) in try views(name) where wanted?.contains(key) ?? true { tensors[key] = try tensor(view) }
    return tensors
  }

  /// The shapes of the tensors of `stateDict(_:)`, without reading them.
  ///
  /// - Throws: `WeightsError` if there is no such network.
  public func shapes(_ name: String? = nil) throws(WeightsError) -> [String: [Int]] {
    try views(name).mapValues(\.shape)
  }

  private func views(_ name: String?) throws(WeightsError) -> [String: TorchTensor] {
    let value = if let name { root[name] } else { TorchValue?.some(root) }
    guard let value, case .dictionary(let pairs) = value else {
      let found = networks.isEmpty ? "no networks" : networks.joined(separator: ", ")
      throw WeightsError(.missing, path: path, "it holds \(found), not \(name ?? "a state dict")")
    }
    return pairs.reduce(into: [:]) { views, pair in
      if let key = pair.key.text, case .tensor(let view) = pair.value { views[key] = view }
    }
  }

  private static func isStateDict(_ value: TorchValue) -> Bool {
    guard case .dictionary(let pairs) = value else { return false }
    return pairs.contains { pair in
      if pair.key.text != nil, case .tensor = pair.value { true } else { false }
    }
  }

  private func bytes(of storage: TorchTensor.Storage) throws(WeightsError) -> Data? {
    switch storages {
    case .zip(let archive, let prefix): try archive("\(prefix)/data/\(storage.key)")
    case .legacy(let data, let places):
      places[storage.key].map { data[data.startIndex + $0.lowerBound..<data.startIndex + $0.upperBound] }
    }
  }

  // MARK: The two layouts

  private static func readZip(_ data: Data) throws(WeightsError) -> (TorchValue, Storages) {
    let archive = try ZipArchive(data)
    let pickles = archive.names.filter { $0.hasSuffix("/data.pkl") }
    guard pickles.count == 1, let pickle = try archive(pickles[0]) else {
      throw WeightsError(.notWeights, "it is a zip archive without the data.pkl that torch.save writes")
    }
    let prefix = String(pickles[0].dropLast("/data.pkl".count))
    guard !archive.names.contains("\(prefix)/constants.pkl") else {
      throw WeightsError(
        .unsupported, "it is a TorchScript program; save model.state_dict() with torch.save instead")
    }
    if let order = try archive("\(prefix)/byteorder"), order != Data("little".utf8) {
      throw WeightsError(.unsupported, "its tensors are not little-endian")
    }
    var reader = ByteReader(pickle, what: "data.pkl")
    return (try Unpickler.read(&reader).value, .zip(archive, prefix: prefix))
  }

  /// Magic number, protocol, system, object, storage keys: five pickles; then the length and bytes of each storage.
  private static func readLegacy(_ data: Data) throws(WeightsError) -> (TorchValue, Storages) {
    let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    var reader = ByteReader(data, what: "the pickle")
    guard try Unpickler.read(&reader, isNumber: magic) else {
      throw WeightsError(.notWeights, "it is a pickle, but not one that torch.save wrote")
    }
    guard case .int(1001) = try Unpickler.read(&reader).value else {
      throw WeightsError(.unsupported, "its version of PyTorch's layout is not 1001")
    }
    if case .bool(false) = try Unpickler.read(&reader).value["little_endian"] {
      throw WeightsError(.unsupported, "its tensors are not little-endian")
    }
    let (root, elements) = try Unpickler.read(&reader)
    guard case .sequence(let keys) = try Unpickler.read(&reader).value else {
      throw WeightsError(.damaged, "the list of its storages is missing")
    }
    var places: [String: Range<Int>] = [:]
    for key in keys {
      guard let key = key.text, let element = elements[key] else {
        throw WeightsError(.damaged, "it lists a storage that no tensor uses")
      }
      let (size, overflow) = try reader.length(UInt64.self).multipliedReportingOverflow(by: element.size)
      guard !overflow else { throw WeightsError(.damaged, "the storage \(key) has an impossible length") }
      let start = reader.position
      _ = try reader.bytes(size)
      places[key] = start..<reader.position
    }
    return (root, .legacy(data, places))
  }
}
