import Foundation

/// ONNX files with one 1 x 1 convolution, written byte by byte, as users' networks.
package struct TinyNetwork {
  /// The layer's kind, such as `Conv`.
  package var operation = "Conv"
  /// The 1 x 1 filter: for each channel of the output, one number for each channel of the input.
  package var filters: [[Float]] = [[1, 0, 0]]
  /// The bias of each channel of the output; none if empty.
  package var bias: [Float] = []
  /// The side of the input.
  package var side = 32

  /// A layer with the given parts.
  package init(
    operation: String = "Conv", filters: [[Float]] = [[1, 0, 0]], bias: [Float] = [], side: Int = 32
  ) {
    (self.operation, self.filters, self.bias, self.side) = (operation, filters, bias, side)
  }

  /// The file's bytes.
  package var bytes: [UInt8] {
    let channels = filters.first?.count ?? 0
    func tensor(_ name: String, _ shape: [Int], _ values: [Float]) -> [UInt8] {
      let bytes = values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
      return block(5, shape.flatMap { number(1, $0) } + number(2, 1) + text(8, name) + block(9, bytes))
    }
    let weights =
      tensor("w", [filters.count, channels, 1, 1], filters.flatMap { $0 })
      + (bias.isEmpty ? [] : tensor("b", [bias.count], bias))
    let node =
      text(1, "x") + text(1, "w") + (bias.isEmpty ? [] : text(1, "b")) + text(2, "y") + text(3, "only")
      + text(4, operation)
      + block(5, text(1, "kernel_shape") + number(8, 1) + number(8, 1) + number(20, 7))
    let graph =
      block(1, node) + text(2, "tiny") + weights + block(11, value("x", [1, channels, side, side]))
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
