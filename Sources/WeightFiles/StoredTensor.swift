public import Foundation

/// A tensor in a file: its element type, its shape and its bytes.
public struct StoredTensor: Sendable, Equatable {
  /// The element types of weight files; the raw values are the names in safetensors.
  public enum Element: String, Sendable, CaseIterable, Codable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint8 = "U8"
    case bool = "BOOL"

    /// Bytes of one element.
    public var size: Int {
      switch self {
      case .float64, .int64: 8
      case .float32, .int32: 4
      case .float16, .bfloat16, .int16: 2
      case .int8, .uint8, .bool: 1
      }
    }
  }

  /// The element type.
  public var element: Element
  /// The length of each axis; empty for a single number.
  public var shape: [Int]
  /// The elements in row-major order, little-endian.
  public var bytes: Data

  /// A tensor of `shape` whose elements are `bytes`, which must be exactly as many as the shape needs.
  public init(element: Element, shape: [Int], bytes: Data) {
    precondition(
      StoredTensor.byteCount(element, shape) == bytes.count,
      "\(bytes.count) bytes are not \(element.rawValue) \(shape)")
    self.element = element
    self.shape = shape
    self.bytes = bytes
  }

  /// The number of bytes that `shape` needs; nil if an axis is negative or the product overflows.
  public static func byteCount(_ element: Element, _ shape: [Int]) -> Int? {
    // An empty tensor needs no bytes, whatever its other axes are.
    if shape.contains(0), shape.allSatisfy({ $0 >= 0 }) { return 0 }
    var count = element.size
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if length < 0 || overflow { return nil }
      count = product
    }
    return count
  }
}
