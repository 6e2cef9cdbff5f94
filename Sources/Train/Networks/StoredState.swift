public import WeightFiles
public import Tensors

extension StoredTensor.Element {
  /// The same type in libtorch.
  public var dtype: DType {
    switch self {
    case .float64: .float64
    case .float32: .float32
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .int64: .int64
    case .int32: .int32
    case .int16: .int16
    case .int8: .int8
    case .uint8: .uint8
    case .bool: .bool
    }
  }

  /// The same type in weights files.
  public init(_ dtype: DType) {
    self = Self.allCases.first { $0.dtype == dtype } ?? .float32
  }
}

extension StoredTensor {
  /// A copy of the tensor's values in row-major order, from any device.
  public init(_ tensor: Tensor) throws(TensorError) {
    self.init(element: Element(tensor.dtype), shape: tensor.shape, bytes: try tensor.bytes())
  }
}

extension Tensor {
  /// A tensor on the CPU with the stored values.
  public convenience init(_ stored: StoredTensor) throws(TensorError) {
    try self.init(stored.bytes, dtype: stored.element.dtype, shape: stored.shape)
  }
}

extension Module {
  /// A copy of the state by published key.
  public func storedState() throws(TensorError) -> [String: StoredTensor] {
    var stored: [String: StoredTensor] = [:]
    for entry in state { stored[entry.key] = try StoredTensor(entry.tensor) }
    return stored
  }

  /// Overwrites the whole state.
  ///
  /// - Throws: `KeyDifference` before anything is changed, if the keys or the shapes differ.
  public func load(_ stored: [String: StoredTensor]) throws {
    let difference = KeyDifference(
      of: "the state", expected: state.map { ($0.key, $0.tensor.shape) }, found: stored.mapValues(\.shape))
    guard difference.isEmpty else { throw difference }
    try withoutGradient {
      for entry in state {
        if let found = stored[entry.key] { try entry.tensor.copy(from: Tensor(found)) }
      }
    }
  }
}
