import CTorch

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

  /// One over the largest singular value of each layer for each of `uses`, (uses) for a layer.
  ///
  /// In training each use makes one more power iteration before. Gradients flow to the weights, not through the singular
  /// vectors; in training they can be differentiated only once. On CUDA all layers share the same few kernels, so they must be
  /// different layers.
  public static func scales(
    of layers: [SpectralNorm], training: Bool, uses: Int = 1
  ) throws(TensorError) -> [Tensor] {
    try prepare(layers, in: .float32, training: training, uses: uses).map(\.scales)
  }

  /// The scales as `scales(of:training:uses:)` returns them, and the weights of convolutions in `dtype`, for one backward pass.
  public static func prepare(
    _ layers: [SpectralNorm], in dtype: DType, training: Bool, uses: Int = 1
  ) throws(TensorError) -> [(scales: Tensor, weight: Tensor)] {
    var scales = [OpaquePointer?](repeating: nil, count: layers.count)
    var weights = scales
    try perform("spectral normalization", layers.map(\.weight)) {
      ctorch_spectral_scales(
        layers.map(\.weight.handle), layers.map(\.u.handle), layers.map(\.v.handle), Int32(layers.count),
        Int32(uses), training, dtype.code, &scales, &weights, $0)
    }
    return zip(scales, weights).compactMap { scale, weight in
      guard let scale, let weight else { return nil }
      return (Tensor(owning: scale), Tensor(owning: weight))
    }
  }
}
