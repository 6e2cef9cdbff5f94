import CTorch

extension Tensor {
  private func unary(_ name: StaticString, _ op: ctorch_unary_op) throws(TensorError) -> Tensor {
    try make(name, [self]) { ctorch_unary(op, handle, $0) }
  }

  private func binary(
    _ name: StaticString, _ op: ctorch_binary_op, _ other: Tensor
  ) throws(TensorError) -> Tensor {
    try make(name, [self, other]) { ctorch_binary(op, handle, other.handle, $0) }
  }

  private func binary(
    _ name: StaticString, _ op: ctorch_binary_op, _ other: Double
  ) throws(TensorError) -> Tensor {
    try make(name, [self]) { ctorch_binary_scalar(op, handle, other, $0) }
  }

  /// The sum, element by element.
  public static func + (a: Tensor, b: Tensor) throws(TensorError) -> Tensor {
    try a.binary("add", ctorch_add, b)
  }
  /// The sum with a number.
  public static func + (a: Tensor, b: Double) throws(TensorError) -> Tensor {
    try a.binary("add", ctorch_add, b)
  }
  /// The difference, element by element.
  public static func - (a: Tensor, b: Tensor) throws(TensorError) -> Tensor {
    try a.binary("subtract", ctorch_subtract, b)
  }
  /// The difference from a number.
  public static func - (a: Tensor, b: Double) throws(TensorError) -> Tensor {
    try a.binary("subtract", ctorch_subtract, b)
  }
  /// What is left to a number.
  public static func - (a: Double, b: Tensor) throws(TensorError) -> Tensor { try (-b) + a }
  /// The negative.
  public static prefix func - (a: Tensor) throws(TensorError) -> Tensor {
    try a.unary("negate", ctorch_negate)
  }
  /// The product, element by element.
  public static func * (a: Tensor, b: Tensor) throws(TensorError) -> Tensor {
    try a.binary("multiply", ctorch_multiply, b)
  }
  /// The product with a number.
  public static func * (a: Tensor, b: Double) throws(TensorError) -> Tensor {
    try a.binary("multiply", ctorch_multiply, b)
  }
  /// The product with a number.
  public static func * (a: Double, b: Tensor) throws(TensorError) -> Tensor { try b * a }
  /// The quotient, element by element.
  public static func / (a: Tensor, b: Tensor) throws(TensorError) -> Tensor {
    try a.binary("divide", ctorch_divide, b)
  }
  /// The quotient by a number.
  public static func / (a: Tensor, b: Double) throws(TensorError) -> Tensor {
    try a.binary("divide", ctorch_divide, b)
  }

  /// The matrix product of the last two axes.
  public func matmul(_ other: Tensor) throws(TensorError) -> Tensor {
    try binary("matmul", ctorch_matmul, other)
  }
  /// Each element to the power of `exponent`.
  public func power(_ exponent: Double) throws(TensorError) -> Tensor {
    try binary("power", ctorch_power, exponent)
  }

  /// The positive part.
  public func relu() throws(TensorError) -> Tensor { try unary("relu", ctorch_relu) }
  /// The hyperbolic tangent.
  public func tanh() throws(TensorError) -> Tensor { try unary("tanh", ctorch_tanh) }
  /// The logistic function.
  public func sigmoid() throws(TensorError) -> Tensor { try unary("sigmoid", ctorch_sigmoid) }
  /// log(1 + exp(x)), in the form that does not overflow.
  public func softplus() throws(TensorError) -> Tensor { try unary("softplus", ctorch_softplus) }
  /// The square root.
  public func squareRoot() throws(TensorError) -> Tensor { try unary("square root", ctorch_sqrt) }
  /// One over the square root.
  public func reciprocalSquareRoot() throws(TensorError) -> Tensor {
    try unary("reciprocal square root", ctorch_rsqrt)
  }
  /// The absolute value.
  public func absolute() throws(TensorError) -> Tensor { try unary("absolute", ctorch_abs) }
  /// The square.
  public func square() throws(TensorError) -> Tensor { try unary("square", ctorch_square) }
  /// Whether every element is a finite number.
  public func isFinite() throws(TensorError) -> Bool {
    try unary("is finite", ctorch_is_finite).unary("all", ctorch_all).item() != 0
  }
  /// 1 if an element is not a finite number, else 0, as a float32 tensor of one element.
  public func notFinite() throws(TensorError) -> Tensor {
    try 1 - unary("is finite", ctorch_is_finite).unary("all", ctorch_all).to(.float32).reshape([1])
  }

  /// Each element clamped to `range`.
  public func clamp(to range: ClosedRange<Double>) throws(TensorError) -> Tensor {
    try make("clamp", [self]) { ctorch_clamp(handle, range.lowerBound, range.upperBound, $0) }
  }

  /// The tensor plus the product of two others, in one pass.
  public func adding(_ a: Tensor, times b: Tensor) throws(TensorError) -> Tensor {
    try make("addcmul", [self, a, b]) { ctorch_addcmul(handle, a.handle, b.handle, $0) }
  }

}

extension Tensor {
  private func reduce(
    _ name: StaticString, _ op: ctorch_reduction, _ axes: [Int], _ keep: Bool
  ) throws(TensorError) -> Tensor {
    try make(name, [self]) { ctorch_reduce(op, handle, axes.wide, Int32(axes.count), keep, $0) }
  }

  /// The sum over `axes`, or over all elements if no axes are given.
  public func sum(_ axes: [Int] = [], keep: Bool = false) throws(TensorError) -> Tensor {
    try reduce("sum", ctorch_sum, axes, keep)
  }

  /// The mean over `axes`, or over all elements if no axes are given.
  public func mean(_ axes: [Int] = [], keep: Bool = false) throws(TensorError) -> Tensor {
    try reduce("mean", ctorch_mean, axes, keep)
  }

  /// The largest element over `axes`, or of all.
  public func max(_ axes: [Int] = [], keep: Bool = false) throws(TensorError) -> Tensor {
    try reduce("max", ctorch_amax, axes, keep)
  }

  /// The smallest element over `axes`, or of all.
  public func min(_ axes: [Int] = [], keep: Bool = false) throws(TensorError) -> Tensor {
    try reduce("min", ctorch_amin, axes, keep)
  }

  /// Variance and mean over `axes`; unbiased divides by one less than the count.
  public func varianceAndMean(
    _ axes: [Int], unbiased: Bool, keep: Bool = false
  ) throws(TensorError) -> (variance: Tensor, mean: Tensor) {
    var mean: OpaquePointer?
    let variance = try make("variance", [self]) {
      ctorch_var_mean(handle, axes.wide, Int32(axes.count), unbiased ? 1 : 0, keep, &mean, $0)
    }
    guard let mean else { preconditionFailure("the shim gave a variance without its mean") }
    return (variance, Tensor(owning: mean))
  }

  private func loss(_ name: StaticString, _ op: ctorch_loss_op, _ target: Tensor) throws(TensorError)
    -> Tensor
  {
    try make(name, [self, target]) { ctorch_loss(op, handle, target.handle, $0) }
  }

  private func loss(_ name: StaticString, _ op: ctorch_loss_op, _ target: Double) throws(TensorError)
    -> Tensor
  {
    try make(name, [self]) { ctorch_loss_scalar(op, handle, target, $0) }
  }

  /// The mean squared difference from `target`, which has the same shape.
  public func meanSquaredError(_ target: Tensor) throws(TensorError) -> Tensor {
    try loss("mean squared error", ctorch_mse, target)
  }

  /// The mean squared difference from a number.
  public func meanSquaredError(_ target: Double) throws(TensorError) -> Tensor {
    try loss("mean squared error", ctorch_mse, target)
  }

  /// The mean absolute difference from `target`, which has the same shape.
  public func meanAbsoluteError(_ target: Tensor) throws(TensorError) -> Tensor {
    try loss("mean absolute error", ctorch_l1, target)
  }

  /// The binary cross entropy of logits against the same label, 0 or 1, for all of them.
  public func binaryCrossEntropy(label: Double) throws(TensorError) -> Tensor {
    try loss("binary cross entropy", ctorch_bce_logits, label)
  }
}
