public import Foundation

/// A value of a PyTorch file: containers, scalars and tensors, but no code.
public indirect enum TorchValue: Sendable {
  /// Python's None.
  case none
  /// True or False.
  case bool(Bool)
  /// A whole number.
  case int(Int)
  /// A floating-point number.
  case float(Double)
  /// Text.
  case string(String)
  /// Raw bytes.
  case bytes(Data)
  /// A list or a tuple.
  case sequence([TorchValue])
  /// A dict or an OrderedDict, in its order.
  case dictionary([(key: TorchValue, value: TorchValue)])
  /// A tensor whose bytes are still in the file.
  case tensor(TorchTensor)
  /// An object of the named class, which was skipped.
  case unread(String)

  /// The value under the text `key` of a dictionary; nil if this is none or has no such key.
  public subscript(key: String) -> TorchValue? {
    guard case .dictionary(let pairs) = self else { return nil }
    return pairs.last { $0.key.text == key }?.value
  }

  /// The classes of skipped objects, in a container and the containers directly in it; at most 20.
  var unreadNames: [String] {
    func names(_ value: TorchValue, _ depth: Int) -> [String] {
      switch value {
      case .unread(let name): [name]
      case .dictionary(let pairs) where depth < 2: pairs.prefix(1000).flatMap { names($0.value, depth + 1) }
      default: []
      }
    }
    return Array(Set(names(self, 0)).sorted().prefix(20))
  }

  /// The text; nil if this is no text.
  public var text: String? {
    if case .string(let text) = self { text } else { nil }
  }
}

/// A tensor as a pickle describes it: a view of a storage that is elsewhere in the file.
public struct TorchTensor: Sendable, Hashable {
  /// Bytes that several tensors may share.
  struct Storage: Sendable, Hashable {
    /// The name of the bytes in the file.
    var key: String
    /// The element type.
    var element: StoredTensor.Element
    /// The number of elements.
    var count: Int
  }

  let storage: Storage
  /// The position of the first element in the storage, in elements.
  let offset: Int
  /// The length of each axis.
  public let shape: [Int]
  /// The distance of adjacent elements on each axis, in elements.
  let strides: [Int]

  /// The element type.
  public var element: StoredTensor.Element { storage.element }

  /// A view of `storage` that is within its bounds.
  ///
  /// - Throws: `WeightsError` for extents that are negative, overflow or leave the storage.
  init(storage: Storage, offset: Int, shape: [Int], strides: [Int]) throws(WeightsError) {
    let damaged = WeightsError(
      .damaged, "a tensor of shape \(shape) is not within its storage \(storage.key)")
    guard shape.count == strides.count, shape.count <= 64, offset >= 0,
      (shape + strides).allSatisfy({ $0 >= 0 }),
      let bytes = StoredTensor.byteCount(storage.element, shape)
    else { throw damaged }
    var last = offset
    if bytes > 0 {
      for (length, stride) in zip(shape, strides) {
        let (reach, overflow) = (length - 1).multipliedReportingOverflow(by: stride)
        let (sum, carry) = last.addingReportingOverflow(reach)
        guard !overflow, !carry else { throw damaged }
        last = sum
      }
      guard last < storage.count else { throw damaged }
    }
    // A stride of zero repeats elements, so that a few bytes could ask for all memory.
    let count = bytes / storage.element.size
    guard count <= max(storage.count, 1 << 16) else {
      throw WeightsError(.unsupported, "a tensor of shape \(shape) repeats the elements of a smaller storage")
    }
    (self.storage, self.offset, self.shape, self.strides) = (storage, offset, shape, strides)
  }

  /// Whether the elements are in row-major order without gaps.
  var isContiguous: Bool {
    if shape.contains(0) { return true }
    var expected = 1
    for (length, stride) in zip(shape, strides).reversed() where length != 1 {
      if stride != expected { return false }
      expected *= length
    }
    return true
  }

  /// The tensor's own bytes out of those of its storage.
  func gather(from bytes: Data) -> StoredTensor {
    guard !shape.contains(0) else { return StoredTensor(element: element, shape: shape, bytes: Data()) }
    let size = element.size
    let total = shape.reduce(size, *)
    if isContiguous {
      let start = bytes.startIndex + offset * size
      return StoredTensor(
        element: element, shape: shape, bytes: bytes[start..<start + total])
    }
    var gathered = Data(capacity: total)
    bytes.withUnsafeBytes { raw in
      var place = [Int](repeating: 0, count: shape.count)
      var source = offset
      for _ in 0..<total / size {
        gathered.append(contentsOf: raw[source * size..<(source + 1) * size])
        for axis in shape.indices.reversed() {
          place[axis] += 1
          source += strides[axis]
          if place[axis] < shape[axis] { break }
          source -= shape[axis] * strides[axis]
          place[axis] = 0
        }
      }
    }
    return StoredTensor(element: element, shape: shape, bytes: gathered)
  }
}

extension StoredTensor.Element {
  /// The element type whose storage class PyTorch calls `name`.
  init?(storageClass name: String) {
    guard let match = Self.allCases.first(where: { $0.storageClass == name }) else { return nil }
    self = match
  }

  /// The name of PyTorch's storage class, in its module `torch`.
  var storageClass: String {
    switch self {
    case .float64: "DoubleStorage"
    case .float32: "FloatStorage"
    case .float16: "HalfStorage"
    case .bfloat16: "BFloat16Storage"
    case .int64: "LongStorage"
    case .int32: "IntStorage"
    case .int16: "ShortStorage"
    case .int8: "CharStorage"
    case .uint8: "ByteStorage"
    case .bool: "BoolStorage"
    }
  }
}
