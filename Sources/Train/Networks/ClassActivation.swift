public import Tensors

/// The outputs of a class activation map: the logits of the auxiliary classifier, and the attention heatmap.
public struct Attention {
  /// The CAM logits from average pooling and from max pooling, (N, 2).
  public let logits: Tensor
  /// The weighted feature map, (N, C, H, W).
  let map: Tensor

  /// The weighted feature map summed over its channels, (N, 1, H, W).
  public func heatmap() throws(TensorError) -> Tensor { try map.widened().sum([1], keep: true) }
}

/// The class activation map (CAM): a classifier over the channels' means and maxima, whose weights then scale the channels.
///
/// The published program concatenates two scaled copies of the map before a 1 x 1 convolution. Here, unless the map is small,
/// the scales are folded into the convolution's kernel, which computes the same sum with half the work.
/// U-GAT-IT (https://arxiv.org/abs/1907.10830), section 2.1.1.
final class ClassActivation: Module {
  /// The linear layer that classifies means or maxima.
  private enum Classifier {
    case linear(Linear)
    case spectral(SpectralNorm)

    var module: any Module {
      switch self {
      case .linear(let layer): layer
      case .spectral(let layer): layer
      }
    }
  }

  private let mean: Classifier
  private let maximum: Classifier
  private let shared: Bool
  private let projection: Conv2d
  private let compatibility: Architecture.Compatibility

  /// The class activation map of a generator; photo2cartoon's classifier has a bias, U-GAT-IT's has none.
  init(
    generator channels: Int, bias: Bool, _ compatibility: Architecture.Compatibility,
    from initializer: Initializer
  ) throws {
    shared = compatibility == .tensorflow
    let first = try Linear(channels, 1, bias: bias || shared, from: initializer)
    mean = .linear(first)
    maximum = .linear(shared ? first : try Linear(channels, 1, bias: bias, from: initializer))
    projection = try Conv2d(2 * channels, channels, kernel: 1, bias: true, from: initializer)
    self.compatibility = compatibility
  }

  /// The class activation map of a discriminator, whose classifier has spectral normalisation.
  init(
    discriminator channels: Int, _ compatibility: Architecture.Compatibility, from initializer: Initializer
  ) throws {
    shared = compatibility == .tensorflow
    let first = try SpectralNorm([1, channels], bias: shared, from: initializer)
    mean = .spectral(first)
    maximum = .spectral(shared ? first : try SpectralNorm([1, channels], bias: false, from: initializer))
    projection = try Conv2d(2 * channels, channels, kernel: 1, bias: true, from: initializer)
    self.compatibility = compatibility
  }

  var children: [(name: String, module: any Module)] {
    let classifiers: [(name: String, module: any Module)] =
      shared ? [("cam_fc", mean.module)] : [("gap_fc", mean.module), ("gmp_fc", maximum.module)]
    return classifiers + [("conv1x1", projection)]
  }

  /// The layers with spectral normalisation that are used once.
  var normalized: [SpectralNorm] {
    guard case .spectral(let first) = mean, case .spectral(let second) = maximum, !shared else { return [] }
    return [first, second]
  }

  /// The weighted map, whose negative numbers are multiplied by `slope`, and the logits.
  ///
  /// The batch consists of `groups` equal parts, each with its own power iteration. `scales` are those of `normalized`; a layer
  /// that is used twice makes its own.
  func callAsFunction(
    _ map: Tensor, slope: Double, training: Bool = true, groups: Int = 1, scales: [Tensor] = []
  ) throws -> (map: Tensor, logits: Tensor) {
    let (means, maxima) = try pooled(map, training)
    func score(_ classifier: Classifier, _ pooled: Tensor, _ given: Tensor?) throws -> Score {
      switch classifier {
      case .linear(let layer): return try self.score(layer, pooled)
      case .spectral(let layer):
        let scales = try given ?? SpectralNorm.scales(of: [layer], training: training, uses: groups)[0]
        return try self.score(layer, pooled, scales)
      }
    }
    let first = try score(mean, means, scales.first)
    let second = try score(maximum, maxima, scales.last)
    let isFused = training && map.device != .cpu
    var projected = try project(map, first.attention, second.attention, hasBias: !isFused)
    if isFused, let bias = projection.bias {
      projected = try projected.channelAffine(shift: bias.reshape([1, -1, 1, 1]), slope: slope)
    } else {
      projected = try slope == 0 ? projected.relu() : projected.widened().leakyReLU(slope).to(map.dtype)
    }
    return (projected, try Tensor.cat([first.logits, second.logits], axis: 1))
  }

  /// The means and maxima of the channels, (N, C).
  ///
  /// The gradient penalty, which is not training, differentiates twice.
  private func pooled(_ map: Tensor, _ training: Bool) throws -> (mean: Tensor, maximum: Tensor) {
    if training { return try map.pooled() }
    let flat = [map.shape[0], map.shape[1]]
    return try (
      map.globalAveragePool().widened().reshape(flat), map.globalMaxPool().widened().reshape(flat)
    )
  }

  /// The logits, and the weight of each channel for each group, (groups or 1, C).
  private typealias Score = (logits: Tensor, attention: Tensor)

  private func score(_ layer: Linear, _ pooled: Tensor) throws -> Score {
    let attention = try shared ? layer.bias.map { try layer.weight + $0 } ?? layer.weight : layer.weight
    return (try layer(pooled), attention)
  }

  private func score(_ layer: SpectralNorm, _ pooled: Tensor, _ scales: Tensor) throws -> Score {
    let logits =
      try pooled.linear(layer.weight.to(pooled.dtype)) * perSample(scales, pooled.shape[0]).reshape([-1, 1])
    // The published program uses the first parameter, which is the weight before spectral normalisation.
    guard shared, let bias = layer.bias else { return (logits, layer.weight) }
    return (try logits + bias, try layer.weight * scales.reshape([-1, 1]) + bias)
  }

  private func project(_ map: Tensor, _ first: Tensor, _ second: Tensor, hasBias: Bool) throws -> Tensor {
    let bias = hasBias ? try projection.bias?.to(map.dtype) : nil
    let channels = map.shape[1]
    let parts = first.shape[0]
    // A map with fewer numbers than half the kernel is scaled as published.
    if parts == 1 && map.count < channels * channels {
      let wide = try map.widened()
      let scaled = try [first, second].map { try wide * $0.reshape([1, channels, 1, 1]) }
      return try Tensor.cat(scaled, axis: 1).to(map.dtype).conv2d(projection.weight.to(map.dtype), bias: bias)
    }
    let (one, other) = try (
      projection.weight.narrow(axis: 1, 0..<channels),
      projection.weight.narrow(axis: 1, channels..<2 * channels)
    )
    var projected: [Tensor] = []
    for (part, input) in try map.chunk(parts).enumerated() {
      let weight = try one * first.sample(part).reshape([1, channels, 1, 1])
      let folded = try weight.adding(other, times: second.sample(part).reshape([1, channels, 1, 1]))
      projected.append(try input.conv2d(folded.to(map.dtype), bias: bias))
    }
    return parts == 1 ? projected[0] : try Tensor.cat(projected)
  }
}

/// Repeats each group's value for each of its samples, (samples); the first group's samples come first.
func perSample(_ values: Tensor, _ samples: Int) throws -> Tensor {
  let groups = values.count
  return try values.reshape([groups, 1]).expand([groups, samples / groups]).reshape([samples])
}
