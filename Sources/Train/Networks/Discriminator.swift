public import Tensors

/// The outputs of a discriminator for a batch of images.
public struct DiscriminatorOutput {
  /// The patch logits, (N, 1, H, W); trained towards 1 for real and 0 for translated images.
  public let logits: Tensor
  /// The CAM logits and the heatmap.
  public let attention: Attention
}

/// U-GAT-IT's discriminator: spectrally normalised convolutions with a class activation map.
///
/// Source: znxlwm/UGATIT-pytorch, networks.py, Discriminator.
public final class Discriminator: Module {
  /// The receptive field of each patch logit; the raw value is the published `n_layers`.
  public enum Field: Int, Sendable, CaseIterable, Codable {
    /// Seven layers, five of them with stride 2: at 256, the receptive field is larger than the image.
    case global = 7
    /// Five layers, three of them with stride 2.
    case local = 5
  }

  /// Whether each use makes one power iteration of the spectral normalisation.
  public var isTraining = true
  private let layers: [SpectralNorm]
  private let activation: ClassActivation
  private let last: SpectralNorm

  init(
    _ field: Field, width: Int, _ compatibility: Architecture.Compatibility, from initializer: Initializer
  ) throws {
    let halvings = field.rawValue - 2
    var channels = 3
    layers = try (0...halvings).map { level in
      let outputs = width << level
      defer { channels = outputs }
      return try SpectralNorm([outputs, channels, 4, 4], bias: true, from: initializer)
    }
    activation = try ClassActivation(discriminator: channels, compatibility, from: initializer)
    last = try SpectralNorm([1, channels, 4, 4], bias: false, from: initializer)
  }

  /// The layers under their published names.
  public var children: [(name: String, module: any Module)] {
    activation.children + [("conv", last)] + layers.enumerated().map { ("model.\(3 * $0 + 1)", $1) }
  }

  /// The outputs for images (N, 3, side, side) in -1...1.
  ///
  /// - Throws: `TensorError`.
  public func callAsFunction(_ images: Tensor, precision: DType = .float32) throws -> DiscriminatorOutput {
    try self([images], precision: precision)[0]
  }

  /// The outputs for several batches of equal size, which are computed as one batch.
  ///
  /// In training, each batch has its own power iteration, exactly as if the batches were evaluated one after another.
  ///
  /// - Throws: `TensorError`.
  public func callAsFunction(_ batches: [Tensor], precision: DType = .float32) throws -> [DiscriminatorOutput]
  {
    let groups = batches.count
    var map = try (groups == 1 ? batches[0] : Tensor.cat(batches)).prepared(for: precision)
    let prepared = try SpectralNorm.prepare(
      layers + [last] + activation.normalized, in: precision, training: isTraining, uses: groups)
    let classifiers = prepared[(layers.count + 1)...].map(\.scales)
    for (level, layer) in layers.enumerated() {
      let stride = level < layers.count - 1 ? Self.stride(at: map.shape[2], before: layers.count - level) : 1
      map = try convolve(map, layer, prepared[level], stride)
    }
    let attended = try activation(
      map, slope: 0.2, training: isTraining, groups: groups, scales: classifiers)
    let logits = try convolve(attended.map, last, prepared[layers.count], 1)
    return try zip(logits.chunk(groups), zip(attended.logits.chunk(groups), attended.map.chunk(groups))).map {
      DiscriminatorOutput(logits: $0, attention: Attention(logits: $1.0, map: $1.1))
    }
  }

  /// Stride 2 as published, unless the map would be too small for the `count` layers that follow, each of which removes a pixel.
  ///
  /// From side 96 on, all these layers have stride 2. For smaller sides the published program fails.
  static func stride(at side: Int, before count: Int) -> Int { side / 2 > count ? 2 : 1 }

  /// A convolution with the unnormalised weight; each group's result is then divided by its own singular value.
  ///
  /// With a bias, which is added in float32, the result is that of a leaky ReLU in the map's type, else in float32.
  private func convolve(
    _ map: Tensor, _ layer: SpectralNorm, _ prepared: (scales: Tensor, weight: Tensor), _ stride: Int
  ) throws -> Tensor {
    let result = try map.reflectionPad(1).conv2d(prepared.weight, stride: stride)
    let scale = try perSample(prepared.scales, map.shape[0]).reshape([-1, 1, 1, 1])
    guard let bias = try layer.bias?.reshape([1, -1, 1, 1]) else { return try result.widened() * scale }
    if isTraining { return try result.channelAffine(scale: scale, shift: bias, slope: 0.2) }
    // The gradient penalty differentiates twice.
    return try bias.adding(result.widened(), times: scale).leakyReLU(0.2).to(map.dtype)
  }
}
