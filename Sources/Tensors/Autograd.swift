import CTorch

extension Tensor {
  /// Whether operations on the tensor are recorded, so that gradients can flow to it.
  public var requiresGrad: Bool { ctorch_requires_grad(handle) }

  /// Turns recording on or off for a tensor that is not the result of an operation.
  public func setRequiresGrad(_ on: Bool) throws(TensorError) {
    try perform("requires grad", [self]) { ctorch_set_requires_grad(handle, on, $0) }
  }

  /// The same elements, outside the graph.
  public func detach() throws(TensorError) -> Tensor {
    try make("detach", [self]) { ctorch_detach(handle, $0) }
  }

  /// The accumulated gradient of backward passes; nil if there is none.
  public func grad() throws(TensorError) -> Tensor? {
    let found: OpaquePointer?? = try attempt("grad", [self]) { error in
      let handle = ctorch_grad(handle, error)
      return handle != nil || error.kind.pointee == ctorch_failure_none ? .some(handle) : nil
    }
    return found?.map(Tensor.init(owning:))
  }

  /// Replaces the gradient; nil removes it, so that an optimizer skips the tensor.
  public func setGrad(_ grad: Tensor?) throws(TensorError) {
    try perform("set grad", [self]) { ctorch_set_grad(handle, grad?.handle, $0) }
  }

  /// Adds the gradient of this one number to every tensor that it was computed from.
  public func backward() throws(TensorError) {
    try Tensor.backward([(self, nil)])
  }

  /// One backward pass from several results; each comes with the gradient that arrives at it, or nil for one number.
  public static func backward(_ roots: [(result: Tensor, gradient: Tensor?)]) throws(TensorError) {
    try perform("backward", roots.map(\.result)) {
      ctorch_backward(roots.map(\.result.handle), roots.map { $0.gradient?.handle }, Int32(roots.count), $0)
    }
  }

  /// The gradients of this one number with respect to `inputs`; nil for one that it does not depend on.
  ///
  /// With `createGraph` the gradients can themselves be differentiated, as gradient penalties need.
  public func gradients(
    of inputs: [Tensor], createGraph: Bool = false
  ) throws(TensorError) -> [Tensor?] {
    var found = [OpaquePointer?](repeating: nil, count: inputs.count)
    try perform("gradients", [self] + inputs) {
      ctorch_gradients(handle, inputs.map(\.handle), Int32(inputs.count), createGraph, &found, $0)
    }
    return found.map { $0.map(Tensor.init(owning:)) }
  }
}

/// Runs `body` without recording, so that nothing in it costs memory for gradients.
///
/// Recording is a property of the thread, so the body is synchronous: it cannot move to another thread halfway.
public func withoutGradient<Result>(_ body: () throws -> Result) rethrows -> Result {
  let before = ctorch_grad_mode()
  ctorch_set_grad_mode(false)
  defer { ctorch_set_grad_mode(before) }
  return try body()
}
