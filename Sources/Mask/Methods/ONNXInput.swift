/// The shape of an ONNX file's first input, which OpenCV does not report.
///
/// Reads only the fields on the way to it (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto): model.graph (7), input (11),
/// type (2), tensor_type (1), shape (2), dim (1), dim_value (1).
enum ONNXInput {
  /// The dimensions, or nil if the bytes are not such a file; a dimension without a fixed value is 0.
  static func shape(of model: UnsafeRawBufferPointer) -> [Int]? {
    var message = model[...]
    for field in [7, 11, 2, 1, 2] as [UInt64] {
      guard let inner = fields(of: message)?.first(where: { $0.number == field })?.bytes else { return nil }
      message = inner
    }
    return fields(of: message)?.filter { $0.number == 1 }.map { dimension in
      let value = dimension.bytes.flatMap { fields(of: $0) }?.first { $0.number == 1 }?.value
      return value.flatMap { Int(exactly: $0) } ?? 0
    }
  }

  private struct Field {
    let number: UInt64
    var value: UInt64?
    var bytes: Slice<UnsafeRawBufferPointer>?
  }

  /// The fields of a Protocol Buffers message; nil if it is malformed.
  private static func fields(of message: Slice<UnsafeRawBufferPointer>) -> [Field]? {
    var (rest, found) = (message, [Field]())
    while !rest.isEmpty {
      guard let tag = varint(&rest) else { return nil }
      var field = Field(number: tag >> 3)
      switch tag & 7 {
      case 0:
        guard let value = varint(&rest) else { return nil }
        field.value = value
      case 1 where rest.count >= 8: rest.removeFirst(8)
      case 5 where rest.count >= 4: rest.removeFirst(4)
      case 2:
        guard let count = varint(&rest), count <= UInt64(rest.count) else { return nil }
        field.bytes = rest.prefix(Int(count))
        rest.removeFirst(Int(count))
      default: return nil
      }
      found.append(field)
    }
    return found
  }

  private static func varint(_ bytes: inout Slice<UnsafeRawBufferPointer>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = bytes.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
