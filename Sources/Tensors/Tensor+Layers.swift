import CTorch

extension Tensor {
  /// The product with the transposed `weight` (out, in), plus `bias`.
  public func linear(_ weight: Tensor, bias: Tensor? = nil) throws(TensorError) -> Tensor {
    try make("linear", [self, weight]) { ctorch_linear(handle, weight.handle, bias?.handle, $0) }
  }

  /// The convolution with `weight` (out, in / groups, height, width) over images (N, C, H, W).
  public func conv2d(
    _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, groups: Int = 1
  ) throws(TensorError) -> Tensor {
    try make("conv2d", [self, weight]) {
      ctorch_conv2d(handle, weight.handle, bias?.handle, Int64(stride), Int64(padding), Int64(groups), $0)
    }
  }

  /// Images with `padding` mirrored pixels on every side, the border itself not repeated.
  public func reflectionPad(_ padding: Int) throws(TensorError) -> Tensor {
    try make("reflection pad", [self]) { ctorch_reflection_pad(handle, Int64(padding), $0) }
  }

  /// Images with every pixel repeated to a square of 2 x 2, and then with `padding` mirrored pixels on every side.
  public func doubledAndPadded(_ padding: Int) throws(TensorError) -> Tensor {
    try make("upsample and pad", [self]) { ctorch_double_and_pad(handle, Int64(padding), $0) }
  }

  /// Images with `padding` (left, right, top, bottom) pixels of `value`; negative lengths cut.
  public func pad(_ padding: [Int], value: Double = 0) throws(TensorError) -> Tensor {
    try make("pad", [self]) { ctorch_pad(handle, padding.wide, Int32(padding.count), value, $0) }
  }

  /// Images with every pixel repeated to a square of `factor` x `factor`.
  public func upsampleNearest(_ factor: Int) throws(TensorError) -> Tensor {
    let shape = self.shape
    return try make("upsample", [self]) {
      ctorch_upsample_nearest(handle, Int64(shape[2] * factor), Int64(shape[3] * factor), $0)
    }
  }

  /// Images resized with bilinear interpolation.
  public func resizeBilinear(
    height: Int, width: Int, alignCorners: Bool
  ) throws(TensorError) -> Tensor {
    try make("resize", [self]) {
      ctorch_upsample_bilinear(handle, Int64(height), Int64(width), alignCorners, $0)
    }
  }

  /// The means of squares of `size` x `size` pixels that do not overlap.
  public func averagePool(_ size: Int) throws(TensorError) -> Tensor {
    try make("average pool", [self]) { ctorch_avg_pool2d(handle, Int64(size), $0) }
  }

  /// The largest values or the means of windows of `size` x `size` pixels, `stride` pixels apart; padding does not count.
  public func pool(maximum: Bool, size: Int, stride: Int, padding: Int = 0) throws(TensorError) -> Tensor {
    try make("pool", [self]) {
      ctorch_pool2d(handle, maximum, Int64(size), Int64(stride), Int64(padding), $0)
    }
  }

  /// The mean of each channel, (N, C, 1, 1).
  public func globalAveragePool() throws(TensorError) -> Tensor {
    try make("global average pool", [self]) { ctorch_global_avg_pool(handle, $0) }
  }

  /// The largest value of each channel, (N, C, 1, 1).
  public func globalMaxPool() throws(TensorError) -> Tensor {
    try make("global max pool", [self]) { ctorch_global_max_pool(handle, $0) }
  }

  /// The mean and the largest value of each channel, (N, C), in float32 for images of a 16-bit type.
  ///
  /// On CUDA the results can be differentiated only once.
  public func pooled() throws(TensorError) -> (mean: Tensor, maximum: Tensor) {
    var maximum: OpaquePointer?
    let mean = try make("pooling", [self]) { ctorch_pooled(handle, &maximum, $0) }
    guard let maximum else { preconditionFailure("the shim gave a mean without its maximum") }
    return (mean, Tensor(owning: maximum))
  }

  /// The mean of each channel, (N, C), in float32 for images of a 16-bit type.
  ///
  /// On CUDA the result can be differentiated only once.
  public func channelMeans() throws(TensorError) -> Tensor {
    device == .cpu ? try globalAveragePool().widened().reshape([shape[0], shape[1]]) : try pooled().mean
  }

  /// The positive part plus `slope` times the negative part.
  public func leakyReLU(_ slope: Double = 0.2) throws(TensorError) -> Tensor {
    try make("leaky relu", [self]) { ctorch_leaky_relu(handle, slope, $0) }
  }

  /// The positive part plus a learned slope for each channel times the negative part.
  public func prelu(_ weight: Tensor) throws(TensorError) -> Tensor {
    try make("prelu", [self, weight]) { ctorch_prelu(handle, weight.handle, $0) }
  }

  /// Each channel of each image with mean 0 and (biased) variance 1, as torch.nn.InstanceNorm2d has it.
  ///
  /// Instance Normalization, https://arxiv.org/abs/1607.08022.
  public func instanceNorm(eps: Double = 1e-5) throws(TensorError) -> Tensor {
    try make("instance norm", [self]) { ctorch_instance_norm(handle, eps, $0) }
  }

  /// Variance and mean of every channel of every image, (N, C, 1, 1), in float32 for images of a 16-bit type.
  public func channelStatistics(unbiased: Bool) throws(TensorError) -> (variance: Tensor, mean: Tensor) {
    var mean: OpaquePointer?
    let variance = try make("channel statistics", [self]) {
      ctorch_channel_statistics(handle, unbiased ? 1 : 0, &mean, $0)
    }
    guard let mean else { preconditionFailure("the shim gave a variance without its mean") }
    return (variance, Tensor(owning: mean))
  }

  /// Every channel of every image times its `scale`, plus its `shift`; negative results times `slope`.
  ///
  /// Both are (N or 1, C or 1, 1, 1); without a scale it is 1. 16-bit images are computed in float32 and rounded once. In float32 and in 16-bit types
  /// the result can be differentiated only once.
  public func channelAffine(
    scale: Tensor? = nil, shift: Tensor, slope: Double = 1
  ) throws(TensorError) -> Tensor {
    try make("channel affine", [self, shift]) {
      ctorch_channel_affine(handle, scale?.handle, shift.handle, slope, $0)
    }
  }

  /// Instance normalization, mixed with layer normalization if `learned` is given, followed by ReLU if `rectified`.
  ///
  /// Both are affine maps of a channel, so their mixture is one too: gamma * (rho * (x - mI) / sI + (1 - rho) *
  /// (x - mL) / sL) + beta, with the means m and the deviations s of the channel and of the whole image. The statistics
  /// of 16-bit images are computed in float32. U-GAT-IT (https://arxiv.org/abs/1907.10830), section 2.1.2.
  /// `learned` are rho (1, C, 1, 1), and gamma and beta (N or 1, C, 1, 1). If `unbiased`, the divisor of a variance is the count
  /// less one. To a result that is not rectified, `addend` is added; without `addend` it gets `border` mirrored pixels on
  /// every side.
  public func mixedNorm(
    _ learned: (rho: Tensor, gamma: Tensor, beta: Tensor)?, unbiased: Bool = false, eps: Double = 1e-5,
    rectified: Bool = false, adding addend: Tensor? = nil, border: Int = 0
  ) throws(TensorError) -> Tensor {
    try make("normalization", [self]) {
      ctorch_mixed_norm(
        handle, learned?.rho.handle, learned?.gamma.handle, learned?.beta.handle, unbiased, eps, rectified,
        addend?.handle, Int64(border), $0)
    }
  }

  /// Batch normalization with given statistics.
  public func batchNorm(
    mean: Tensor, variance: Tensor, weight: Tensor?, bias: Tensor?, eps: Double = 1e-5
  ) throws(TensorError) -> Tensor {
    try make("batch norm", [self, mean]) {
      ctorch_batch_norm_eval(
        handle, weight?.handle, bias?.handle, mean.handle, variance.handle, eps, $0)
    }
  }

  /// The tensor over its length along `axis`, which counts as at least `eps`.
  public func normalized(axis: Int, eps: Double = 1e-12) throws(TensorError) -> Tensor {
    try make("normalize", [self]) { ctorch_normalize(handle, Int64(axis), eps, $0) }
  }
}
