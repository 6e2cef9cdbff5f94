import CTorch

/// An error of libtorch: the operation, the shapes of its inputs, and the reason.
public struct TensorError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of errors that callers treat differently.
  public enum Kind: Sendable, Equatable {
    /// The device has too little memory.
    case outOfMemory
    /// Another process did not answer in time.
    case timeout
    /// Another program uses the TCP port.
    case portInUse
    /// Any other error, such as wrong shapes or types, or a missing device.
    case invalid
  }

  /// The kind of error.
  public let kind: Kind
  /// The operation that failed.
  public let operation: String
  /// The shapes of its inputs.
  public let shapes: [[Int]]
  /// The first line of libtorch's message.
  public let reason: String

  /// One sentence with the operation, the shapes and the reason.
  public var description: String {
    let given = shapes.isEmpty ? "" : " of " + shapes.map { "\($0)" }.joined(separator: " and ")
    let advice =
      kind == .outOfMemory
      ? " (take a smaller side or batch, the light model, or gradient accumulation)" : ""
    return "\(operation)\(given): \(reason)\(advice)"
  }
}

/// Calls the shim with a buffer for its message; nil or false becomes a `TensorError` about `operation` on
/// `inputs`.
func attempt<Result>(
  _ operation: StaticString, _ inputs: [Tensor] = [], _ body: (ctorch_error) -> Result?
) throws(TensorError) -> Result {
  var kind = ctorch_failure_none
  var reason = ""
  let result: Result? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
    guard let start = text.baseAddress else { return nil }
    start.pointee = 0
    let result = withUnsafeMutablePointer(to: &kind) {
      body(ctorch_error(text: start, capacity: text.count, kind: $0))
    }
    if result == nil { reason = String(cString: start) }
    return result
  }
  if let result { return result }
  throw TensorError(
    kind: TensorError.Kind(kind), operation: "\(operation)", shapes: inputs.map(\.shape), reason: reason)
}

extension TensorError.Kind {
  init(_ failure: ctorch_failure) {
    switch failure {
    case ctorch_failure_memory: self = .outOfMemory
    case ctorch_failure_timeout: self = .timeout
    case ctorch_failure_port_in_use: self = .portInUse
    default: self = .invalid
    }
  }
}

/// Calls a function of the shim that changes something and returns whether it did.
func perform(
  _ operation: StaticString, _ inputs: [Tensor] = [], _ body: (ctorch_error) -> Bool
) throws(TensorError) {
  try attempt(operation, inputs) { body($0) ? () : nil }
}

/// Calls a function of the shim that makes a tensor.
func make(
  _ operation: StaticString, _ inputs: [Tensor] = [], _ body: (ctorch_error) -> OpaquePointer?
) throws(TensorError) -> Tensor {
  Tensor(owning: try attempt(operation, inputs, body))
}
