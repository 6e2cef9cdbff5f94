import Foundation

/// A protocol buffer message that is being written (https://protobuf.dev/programming-guides/encoding).
struct ProtocolBuffer {
  private(set) var data = Data()

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      data.append(UInt8(rest & 0x7F | 0x80))
      rest >>= 7
    }
    data.append(UInt8(rest))
  }

  private mutating func key(_ field: Int, _ wireType: Int) { varint(UInt64(field << 3 | wireType)) }

  mutating func integer(_ field: Int, _ value: Int) {
    key(field, 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func float(_ field: Int, _ value: Float) {
    key(field, 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
  }

  mutating func bytes(_ field: Int, _ value: Data) {
    key(field, 2)
    varint(UInt64(value.count))
    data.append(value)
  }

  mutating func text(_ field: Int, _ value: String) { bytes(field, Data(value.utf8)) }

  mutating func message(_ field: Int, _ build: (inout ProtocolBuffer) -> Void) {
    var inner = ProtocolBuffer()
    build(&inner)
    bytes(field, inner.data)
  }
}
