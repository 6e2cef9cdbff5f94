import CTorch

extension Array<Tensor> {
  private var handles: [OpaquePointer] { map(\.handle) }

  /// The joint norm of the gradients, a scalar.
  public func gradientNorm() throws(TensorError) -> Tensor {
    try make("gradient norm") { ctorch_grad_norm(handles, Int32(count), $0) }
  }

  /// Multiplies all gradients by `factor`, a tensor of one element.
  public func scaleGradients(by factor: Tensor) throws(TensorError) {
    try perform("scale gradients") { ctorch_scale_grads(handles, Int32(count), factor.handle, $0) }
  }

  /// Clips the gradients: scales all of them down if their joint norm exceeds `limit`; returns the norm before.
  @discardableResult
  public func clipGradients(to limit: Double) throws(TensorError) -> Tensor {
    let norm = try gradientNorm()
    try scaleGradients(by: ((norm + 1e-6).power(-1) * limit).clamp(to: 0...1))
    return norm
  }

  /// Moves each tensor towards the one at the same place in `targets`: by 0 not at all, by 1 all the way.
  public func move(towards targets: [Tensor], by weight: Tensor) throws(TensorError) {
    precondition(count == targets.count, "\(targets.count) targets for \(count) tensors")
    try perform("move towards") {
      ctorch_move_towards(handles, targets.handles, Int32(count), weight.handle, $0)
    }
  }

  /// Clamps every element of all tensors to `range`, in place.
  public func clampInPlace(to range: ClosedRange<Double>) throws(TensorError) {
    try perform("clamp") {
      ctorch_clamp_in_place(handles, Int32(count), range.lowerBound, range.upperBound, $0)
    }
  }
}
