import Tensors

/// Batch normalization, torch.nn.BatchNorm2d, with an optional ReLU in the same pass.
///
/// In training it uses the statistics of the batch and follows them with its running ones; afterwards the running ones are
/// used, so that the layer is one multiplication and one addition, which an export folds into the convolution before.
/// Batch Normalization, https://arxiv.org/abs/1502.03167.
final class BatchNorm: Module {
  static let eps = 1e-5
  private static let momentum = 0.1

  let weight: Tensor
  let bias: Tensor
  let runningMean: Tensor
  let runningVariance: Tensor

  init(_ channels: Int, from initializer: Initializer) throws {
    weight = try initializer.constant(1, [channels])
    bias = try initializer.constant(0, [channels])
    runningMean = try Tensor.zeros([channels], device: weight.device)
    runningVariance = try Tensor(repeating: 1, shape: [channels], device: weight.device)
  }

  var ownParameters: [(name: String, tensor: Tensor)] { [("weight", weight), ("bias", bias)] }
  var ownBuffers: [(name: String, tensor: Tensor)] {
    [("running_mean", runningMean), ("running_var", runningVariance)]
  }

  /// Normalizes a map (N, C, H, W).
  func callAsFunction(_ map: Tensor, training: Bool, rectified: Bool) throws -> Tensor {
    let (n, c, h, w) = (map.shape[0], map.shape[1], map.shape[2], map.shape[3])
    // All images of the batch are treated as one image, whose channel statistics are those of the batch. If
    // the channels of a pixel are contiguous, nothing is copied.
    let joined = try map.permute([0, 2, 3, 1]).reshape([1, n * h, w, c]).permute([0, 3, 1, 2])
    let (scale, shift): (Tensor, Tensor)
    if training {
      let (variance, mean) = try joined.channelStatistics(unbiased: false)
      try withoutGradient {
        try follow(runningMean, try mean.reshape([c]))
        let count = Double(n * h * w)
        try follow(runningVariance, try variance.reshape([c]) * (count / Swift.max(1, count - 1)))
      }
      scale = try (variance + Self.eps).reciprocalSquareRoot() * weight.reshape([1, c, 1, 1])
      shift = try bias.reshape([1, c, 1, 1]) - mean * scale
    } else {
      let folded = try folded()
      (scale, shift) = (try folded.scale.reshape([1, c, 1, 1]), try folded.shift.reshape([1, c, 1, 1]))
    }
    let normed = try joined.channelAffine(scale: scale, shift: shift, slope: rectified ? 0 : 1)
    return try normed.permute([0, 2, 3, 1]).reshape([n, h, w, c]).permute([0, 3, 1, 2])
  }

  /// The scale and the offset of each channel from the running statistics.
  func folded() throws -> (scale: Tensor, shift: Tensor) {
    let scale = try (runningVariance + Self.eps).reciprocalSquareRoot() * weight
    return (scale, try bias - runningMean * scale)
  }

  private func follow(_ running: Tensor, _ now: Tensor) throws {
    try running.blend(scale: 1 - Self.momentum, adding: now.detach(), times: Self.momentum)
  }
}

/// A convolution without bias, followed by batch normalization.
final class NormedConv: Module {
  let conv: Conv2d
  let norm: BatchNorm
  let stride: Int
  let kernel: Int

  init(_ inputs: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1, from initializer: Initializer) throws
  {
    conv = try Conv2d(
      inputs, outputs, kernel: kernel, stride: stride, padding: .zero(kernel / 2), from: initializer)
    norm = try BatchNorm(outputs, from: initializer)
    (self.stride, self.kernel) = (stride, kernel)
  }

  var children: [(name: String, module: any Module)] { [("conv", conv), ("norm", norm)] }

  func callAsFunction(_ map: Tensor, training: Bool, rectified: Bool = true) throws -> Tensor {
    try norm(conv(map), training: training, rectified: rectified)
  }
}

/// Two convolutions whose result is added to their input (ResNet, https://arxiv.org/abs/1512.03385).
final class ResidualBlock: Module {
  let first: NormedConv
  let second: NormedConv

  init(_ channels: Int, from initializer: Initializer) throws {
    first = try NormedConv(channels, channels, from: initializer)
    second = try NormedConv(channels, channels, from: initializer)
  }

  var children: [(name: String, module: any Module)] { [("first", first), ("second", second)] }

  func callAsFunction(_ map: Tensor, training: Bool) throws -> Tensor {
    let added = try second(first(map, training: training), training: training, rectified: false)
    return try (map + added).relu()
  }
}

/// Scales the channels by factors that depend on their means (Squeeze-and-Excitation,
/// https://arxiv.org/abs/1709.01507).
final class ChannelGate: Module {
  let squeeze: Conv2d
  let excite: Conv2d

  init(_ channels: Int, from initializer: Initializer) throws {
    squeeze = try Conv2d(channels, channels / 4, kernel: 1, bias: true, from: initializer)
    excite = try Conv2d(channels / 4, channels, kernel: 1, bias: true, from: initializer)
  }

  var children: [(name: String, module: any Module)] { [("squeeze", squeeze), ("excite", excite)] }

  func callAsFunction(_ map: Tensor) throws -> Tensor {
    try map * excite(squeeze(map.globalAveragePool()).relu()).sigmoid()
  }
}
