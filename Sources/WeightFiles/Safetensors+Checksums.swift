import Foundation

/// Checksums in the metadata: one of the whole content, and one of each network, so that one network of a large file can be
/// checked alone.
extension Safetensors {
  private static let checksumKey = "checksum"

  private static func checksumKey(_ network: String) -> String { "\(checksumKey).\(network)" }

  /// Adds the checksums of `networks`, the prefixes of their tensors' names, and that of the whole content.
  package mutating func addChecksums(of networks: [String] = []) {
    for network in networks { metadata[Self.checksumKey(network)] = checksum(of: network) }
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
    var value: UInt32 = 0
    for (name, text) in metadata.sorted(by: { $0.key < $1.key }) where name != Self.checksumKey {
      value = Checksum.crc32c(Data("\(name)=\(text)\n".utf8), after: value)
    }
    return hexadecimal(value) { _ in true }
  }

  /// The CRC-32C of a network's tensors in the order of their names, in hexadecimal.
  private func checksum(of network: String) -> String { hexadecimal(0) { $0.hasPrefix("\(network).") } }

  private func hexadecimal(_ before: UInt32, _ belongs: (String) -> Bool) -> String {
    var value = before
    for (name, tensor) in tensors.filter({ belongs($0.key) }).sorted(by: { $0.key < $1.key }) {
      value = Checksum.crc32c(Data("\(name)\n".utf8), after: value)
      value = Checksum.crc32c(tensor.bytes, after: value)
    }
    return String(value, radix: 16)
  }
}
