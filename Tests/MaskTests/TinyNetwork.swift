import Foundation

/// ONNX files of one layer, made byte by byte: what a person may bring.
struct TinyNetwork {
  /// The layer's kind, such as `Conv`.
  var operation = "Conv"
  /// The 1 x 1 filter: one number for each of three channels, for each channel of the output.
  var filters: [[Float]] = [[1, 0, 0]]
  /// The side of the input.
  var side = 32

  /// The file's bytes.
  var bytes: [UInt8] {
    let weights = filters.flatMap { $0 }.flatMap {
      withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init)
    }
    let tensor =
      [filters.count, 3, 1, 1].flatMap { number(1, $0) } + number(2, 1) + text(8, "w") + block(9, weights)
    let node =
      text(1, "x") + text(1, "w") + text(2, "y") + text(3, "only") + text(4, operation)
      + block(5, text(1, "kernel_shape") + number(8, 1) + number(8, 1) + number(20, 7))
    let graph =
      block(1, node) + text(2, "tiny") + block(5, tensor) + block(11, value("x", [1, 3, side, side]))
      + block(12, value("y", [1, filters.count, side, side]))
    return number(1, 7) + block(7, graph) + block(8, text(1, "") + number(2, 11))
  }

  private func value(_ name: String, _ shape: [Int]) -> [UInt8] {
    let dimensions = shape.flatMap { block(1, number(1, $0)) }
    return text(1, name) + block(2, block(1, number(1, 1) + block(2, dimensions)))
  }

  private func varint(_ value: Int) -> [UInt8] {
    var (rest, bytes): (Int, [UInt8]) = (value, [])
    repeat {
      bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return bytes
  }

  private func number(_ field: Int, _ value: Int) -> [UInt8] { varint(field << 3) + varint(value) }
  private func block(_ field: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(field << 3 | 2) + varint(bytes.count) + bytes
  }
  private func text(_ field: Int, _ text: String) -> [UInt8] { block(field, Array(text.utf8)) }
}
