public import Tensors

/// What a discriminator says about a batch of images.
public struct DiscriminatorOutput {
  /// How real each patch looks, (N, 1, H, W).
  public let logits: Tensor
  /// What the discriminator attended to.
  public let attention: Attention
}

/// U-GAT-IT's discriminator: spectrally normalised convolutions with a class activation map.
///
/// Source: znxlwm/UGATIT-pytorch, networks.py, Discriminator.
public final class Discriminator: Module {
  /// How much of the image each verdict sees; the published program fixes the depths.
  public enum Field: Int, Sendable, CaseIterable, Codable {
    /// Seven layers, five of them halving: patches larger than the image at 256.
    case global = 7
    /// Five layers, three of them halving.
    case local = 5
  }

  /// Whether each use makes a power iteration.
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

  /// The parts under their published names.
  public var children: [(name: String, module: any Module)] {
    activation.children + [("conv", last)] + layers.enumerated().map { ("model.\(3 * $0 + 1)", $1) }
  }

  /// Judges images (N, 3, side, side) in -1...1.
  public func callAsFunction(_ images: Tensor, precision: DType = .float32) throws -> DiscriminatorOutput {
    try self([images], precision: precision)[0]
  }

  /// Judges several batches of equal size in turn, computed together.
  ///
  /// In training each batch sees the singular values after one more power iteration, exactly as if it came alone.
  public func callAsFunction(_ batches: [Tensor], precision: DType = .float32) throws -> [DiscriminatorOutput]
  {
    let groups = batches.count
    var map = try (groups == 1 ? batches[0] : Tensor.cat(batches)).prepared(for: precision)
    for (level, layer) in layers.enumerated() {
      let stride = level < layers.count - 1 ? stride(at: map.shape[2], before: layers.count - level) : 1
      map = try convolve(map, layer, stride, groups, precision).leakyReLU(0.2)
    }
    let attended = try activation(map.to(precision), training: isTraining, groups: groups)
    map = try attended.map.widened().leakyReLU(0.2)
    let heatmap = try map.sum([1], keep: true)
    let logits = try convolve(map, last, 1, groups, precision)
    return try zip(logits.chunk(groups), zip(attended.logits.chunk(groups), heatmap.chunk(groups))).map {
      DiscriminatorOutput(logits: $0, attention: Attention(logits: $1.0, heatmap: $1.1))
    }
  }

  /// Halves the map as published, unless too little were left for the `count` layers behind, each of which takes one pixel.
  ///
  /// From a side of 96 on every layer halves; below, the published program fails.
  private func stride(at side: Int, before count: Int) -> Int { side / 2 > count ? 2 : 1 }

  /// A convolution with the undivided weight; each group's result is then divided by its own singular value.
  private func convolve(
    _ map: Tensor, _ layer: SpectralNorm, _ stride: Int, _ groups: Int, _ precision: DType
  ) throws -> Tensor {
    let scales = try perSample(layer.scales(training: isTraining, groups: groups), map.shape[0])
    let result = try map.to(precision).reflectionPad(1).conv2d(layer.weight.to(precision), stride: stride)
    let scale = try scales.reshape([-1, 1, 1, 1])
    guard let bias = layer.bias else { return try result.widened() * scale }
    return try bias.reshape([1, -1, 1, 1]).adding(result.widened(), times: scale)
  }
}
