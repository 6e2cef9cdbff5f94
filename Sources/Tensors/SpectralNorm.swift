/// A weight that is used divided by its largest singular value, as torch.nn.utils.spectral_norm keeps it.
///
/// The value is estimated by power iteration: one iteration for each use in training, none otherwise. A
/// linear operation with the divided weight equals the operation with the weight, with the result divided.
/// This saves a pass over the weight, and inputs with different iterations can share one operation.
///
/// Spectral Normalization for Generative Adversarial Networks, https://arxiv.org/abs/1802.05957.
public final class SpectralNorm: Module {
  /// The undivided weight, (out, ...).
  public let weight: Tensor
  /// Added after the division, (out).
  public let bias: Tensor?
  /// The left singular vector as far as it is known, (out).
  public let u: Tensor
  /// The right singular vector as far as it is known, (the other axes together).
  public let v: Tensor

  /// A weight of `shape`, with an optional bias.
  public init(_ shape: [Int], bias: Bool, from initializer: Initializer) throws(TensorError) {
    let fanIn = shape.dropFirst().reduce(1, *)
    weight = try initializer.weight(shape, fanIn: fanIn)
    self.bias = bias ? try initializer.bias(shape[0], fanIn: fanIn) : nil
    u = try initializer.direction(shape[0])
    v = try initializer.direction(fanIn)
  }

  /// `bias` and `weight_orig`, in the order in which torch registers them.
  public var ownParameters: [(name: String, tensor: Tensor)] {
    (bias.map { [("bias", $0)] } ?? []) + [("weight_orig", weight)]
  }

  /// `weight_u` and `weight_v`.
  public var ownBuffers: [(name: String, tensor: Tensor)] { [("weight_u", u), ("weight_v", v)] }

  /// One over the largest singular value, (1); in training after one more power iteration.
  ///
  /// Gradients flow from it to the weight, not through the singular vectors.
  public func scale(training: Bool) throws(TensorError) -> Tensor {
    let matrix = try weight.reshape([weight.shape[0], -1])
    if training {
      let flat = try matrix.detach()
      try v.copy(from: u.reshape([1, -1]).matmul(flat).reshape([-1]).normalized(axis: 0))
    }
    // The vectors change in place at the next use, before this one's gradients are computed: keep copies.
    let product = try matrix.matmul(training ? v.clone() : v)
    if training { try u.copy(from: product.detach().normalized(axis: 0)) }
    let sigma = try (product * (training ? u.clone() : u)).sum()
    return try sigma.power(-1).reshape([1])
  }
}
