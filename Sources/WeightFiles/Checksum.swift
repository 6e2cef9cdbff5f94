import Foundation

/// A cyclic redundancy check of 32 bits, reflected, eight bytes at a step.
///
/// Source: M. Kounavis and F. Berry, "A systematic approach to building high performance software-based CRC
/// generators", 2005 (slicing by eight).
struct Checksum: Sendable {
  /// The polynomial of zip and PNG.
  static let crc32 = Checksum(polynomial: 0xEDB8_8320)
  /// Castagnoli's polynomial, which TensorFlow's record files use.
  static let crc32c = Checksum(polynomial: 0x82F6_3B78)

  private let table: [UInt32]

  private init(polynomial: UInt32) {
    var table = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      table[byte] = (0..<8).reduce(UInt32(byte)) { value, _ in
        value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1
      }
    }
    for index in 256..<table.count {
      let before = table[index - 256]
      table[index] = table[Int(before & 0xFF)] ^ before >> 8
    }
    self.table = table
  }

  /// The checksum of `bytes`, or of them after the bytes whose checksum is `before`.
  func callAsFunction(_ bytes: some ContiguousBytes, after before: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { raw in
      table.withUnsafeBufferPointer { table in
        var value = ~before
        var index = 0
        while index + 8 <= raw.count {
          let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian ^ UInt64(value)
          value = 0
          for step in 0..<8 {
            value ^= table[(7 - step) << 8 | Int(word >> (8 * UInt64(step)) & 0xFF)]
          }
          index += 8
        }
        while index < raw.count {
          value = table[Int((value ^ UInt32(raw[index])) & 0xFF)] ^ value >> 8
          index += 1
        }
        return ~value
      }
    }
  }
}
