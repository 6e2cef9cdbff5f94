public import Foundation

/// A protocol buffer message that is being written (https://protobuf.dev/programming-guides/encoding).
///
/// Its bytes are kept in chunks, so that a large field is not copied when its message becomes part of another.
public struct ProtocolBuffer: Sendable {
  /// The bytes in order.
  public private(set) var chunks: [Data] = []
  /// The number of bytes.
  public private(set) var count = 0
  /// Fields from this many bytes on are chunks of their own.
  private static let largeField = 4096

  /// A message without fields.
  public init() {}

  /// The bytes in one piece.
  public var data: Data {
    var data = Data(capacity: count)
    for chunk in chunks { data.append(chunk) }
    return data
  }

  /// Adds an int32, int64 or bool field.
  public mutating func integer(_ field: Int, _ value: Int) {
    key(field, 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  /// Adds a double field.
  public mutating func double(_ field: Int, _ value: Double) {
    key(field, 1)
    append(withUnsafeBytes(of: value.bitPattern.littleEndian) { Data($0) })
  }

  /// Adds a float field.
  public mutating func float(_ field: Int, _ value: Float) {
    key(field, 5)
    append(withUnsafeBytes(of: value.bitPattern.littleEndian) { Data($0) })
  }

  /// Adds a bytes field.
  public mutating func bytes(_ field: Int, _ value: Data) {
    key(field, 2)
    varint(UInt64(value.count))
    append(value)
  }

  /// Adds a string field.
  public mutating func text(_ field: Int, _ value: String) { bytes(field, Data(value.utf8)) }

  /// Adds a field that is a message itself.
  public mutating func message(_ field: Int, _ build: (inout ProtocolBuffer) -> Void) {
    var inner = ProtocolBuffer()
    build(&inner)
    key(field, 2)
    varint(UInt64(inner.count))
    for chunk in inner.chunks { append(chunk) }
  }

  private mutating func key(_ field: Int, _ wireType: Int) { varint(UInt64(field << 3 | wireType)) }

  private mutating func varint(_ value: UInt64) {
    var (rest, bytes) = (value, Data())
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F | 0x80))
      rest >>= 7
    }
    bytes.append(UInt8(rest))
    append(bytes)
  }

  private mutating func append(_ bytes: Data) {
    count += bytes.count
    if let last = chunks.last, last.count < Self.largeField, bytes.count < Self.largeField {
      chunks[chunks.count - 1].append(bytes)
    } else {
      chunks.append(bytes)
    }
  }
}
