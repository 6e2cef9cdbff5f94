import Foundation

/// Checksums in the metadata: one of the whole content, and one of each network, so that one network of a large file can be
/// checked alone.
extension Safetensors {
  private static let checksumKey = "checksum"

  private static func checksumKey(_ network: String) -> String { "\(checksumKey).\(network)" }

  /// Adds the checksums of `networks`, the prefixes of their tensors' names, and that of the whole content.
  package mutating func addChecksums(of networks: [String] = []) {
    let checksums = networks.map { (Self.checksumKey($0), checksum(of: $0)) }
    metadata.merge(checksums) { $1 }
    metadata[Self.checksumKey] = checksum()
  }

  /// Whether the content has the checksum in its metadata; true if there is none.
  package var isIntact: Bool { metadata[Self.checksumKey].map { $0 == checksum() } ?? true }

  /// Whether `networks` have their checksums; without such checksums, whether the whole content has its own.
  package func isIntact(_ networks: [String]) -> Bool {
    let stored = networks.map { metadata[Self.checksumKey($0)] }
    guard !stored.contains(nil) else { return isIntact }
    return zip(networks, stored).allSatisfy { checksum(of: $0) == $1 }
  }

  /// The CRC-32C of metadata and tensors in the order of their names, in hexadecimal; without the checksum itself.
  private func checksum() -> String {
    checksum(metadata: { $0 != Self.checksumKey }, tensors: { _ in true })
  }

  /// The same of the metadata without any checksum, and of a network's tensors.
  private func checksum(of network: String) -> String {
    checksum(
      metadata: { !$0.hasPrefix(Self.checksumKey) }, tensors: { $0.hasPrefix("\(network).") })
  }

  private func checksum(metadata isText: (String) -> Bool, tensors isTensor: (String) -> Bool) -> String {
    var value: UInt32 = 0
    for (name, text) in metadata.sorted(by: { $0.key < $1.key }) where isText(name) {
      value = Checksum.crc32c(Data("\(name)=\(text)\n".utf8), after: value)
    }
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) where isTensor(name) {
      value = Checksum.crc32c(Data("\(name)\n".utf8), after: value)
      value = Checksum.crc32c(tensor.bytes, after: value)
    }
    return String(value, radix: 16)
  }
}
