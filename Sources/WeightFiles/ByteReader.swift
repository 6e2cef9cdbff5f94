import Foundation

/// Reads little-endian numbers from bytes; reading beyond the end is an error, never a crash.
struct ByteReader {
  /// The bytes that are read.
  let data: Data
  /// The distance of the next byte from the first.
  private(set) var position: Int
  /// The name of the data, for error messages.
  let what: String

  init(_ data: Data, at position: Int = 0, what: String) {
    (self.data, self.position, self.what) = (data, position, what)
  }

  /// The number of remaining bytes.
  var remaining: Int { data.count - position }

  /// The next `count` bytes.
  mutating func bytes(_ count: Int) throws(WeightsError) -> Data {
    guard count >= 0, position >= 0, count <= remaining else {
      throw WeightsError(.damaged, "it ends within \(what)")
    }
    let start = data.startIndex + position
    position += count
    return data[start..<start + count]
  }

  /// The next number.
  mutating func integer<Number: FixedWidthInteger>(_ type: Number.Type) throws(WeightsError) -> Number {
    let raw = try bytes(MemoryLayout<Number>.size)
    return raw.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(as: Number.self)) }
  }

  /// The next length or offset, which must fit an `Int`.
  mutating func length<Number: FixedWidthInteger>(_ type: Number.Type) throws(WeightsError) -> Int {
    guard let length = Int(exactly: try integer(type)), length >= 0 else {
      throw WeightsError(.damaged, "\(what) names an impossible length")
    }
    return length
  }

  /// The text up to the next line feed, which is skipped.
  mutating func line() throws(WeightsError) -> String {
    let start = data.startIndex + position
    guard position <= data.count, let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) else {
      throw WeightsError(.damaged, "it ends within \(what)")
    }
    position = end - data.startIndex + 1
    return String(decoding: data[start..<end], as: UTF8.self)
  }
}

extension Data {
  /// Appends `number`, least significant byte first.
  mutating func append(littleEndian number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}
