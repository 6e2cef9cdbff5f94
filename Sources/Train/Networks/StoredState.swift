public import Tensors

extension StoredTensor.Element {
  /// The same type as libtorch calls it.
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

  /// The same type as files call it.
  public init(_ dtype: DType) {
    self = Self.allCases.first { $0.dtype == dtype } ?? .float32
  }
}

extension StoredTensor {
  /// What a tensor holds, from whatever device, in row-major order.
  public init(_ tensor: Tensor) throws(TensorError) {
    self.init(element: Element(tensor.dtype), shape: tensor.shape, bytes: try tensor.bytes())
  }
}

extension Tensor {
  /// A tensor on the CPU with what a file holds.
  public convenience init(_ stored: StoredTensor) throws(TensorError) {
    try self.init(stored.bytes, dtype: stored.element.dtype, shape: stored.shape)
  }
}

/// Where stored tensors and a network differ, key by key.
public struct StateMismatch: Error, Sendable, Equatable, CustomStringConvertible {
  /// Keys that the network has and the state lacks.
  public var missing: [String] = []
  /// Keys that the state has and the network lacks.
  public var unexpected: [String] = []
  /// Keys whose shapes differ, with what the network wants and what the state holds.
  public var shapes: [(key: String, wanted: [Int], found: [Int])] = []

  /// Whether nothing differs.
  public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && shapes.isEmpty }

  /// One line a difference.
  public var description: String {
    let lines =
      missing.map { "missing \($0)" } + unexpected.map { "unexpected \($0)" }
      + shapes.map { "\($0.key) is \($0.found), expected \($0.wanted)" }
    return (["the weights do not fit the network:"] + lines).joined(separator: "\n  ")
  }

  /// Whether both tell the same differences.
  public static func == (a: StateMismatch, b: StateMismatch) -> Bool { a.description == b.description }
}

extension Module {
  /// The state by published key, copied out of the network.
  public func storedState() throws(TensorError) -> [String: StoredTensor] {
    var stored: [String: StoredTensor] = [:]
    for entry in state { stored[entry.key] = try StoredTensor(entry.tensor) }
    return stored
  }

  /// Where `stored` does not fit the network.
  public func mismatch(with stored: [String: StoredTensor]) -> StateMismatch {
    var mismatch = StateMismatch()
    let entries = state
    for entry in entries {
      guard let found = stored[entry.key] else {
        mismatch.missing.append(entry.key)
        continue
      }
      if found.shape != entry.tensor.shape {
        mismatch.shapes.append((entry.key, entry.tensor.shape, found.shape))
      }
    }
    let known = Set(entries.map(\.key))
    mismatch.unexpected = stored.keys.filter { !known.contains($0) }.sorted()
    return mismatch
  }

  /// Overwrites the whole state.
  ///
  /// - Throws: `StateMismatch` before anything is changed, if a key or a shape does not fit.
  public func load(_ stored: [String: StoredTensor]) throws {
    let mismatch = mismatch(with: stored)
    guard mismatch.isEmpty else { throw mismatch }
    try withoutGradient {
      for entry in state {
        if let found = stored[entry.key] { try entry.tensor.copy(from: Tensor(found)) }
      }
    }
  }
}
