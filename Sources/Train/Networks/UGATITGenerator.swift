import Tensors

/// U-GAT-IT's generator: an encoder, the class activation map, four AdaLIN blocks with the same style, and a decoder.
///
/// Source: znxlwm/UGATIT-pytorch, networks.py, ResnetGenerator; https://arxiv.org/abs/1907.10830.
final class UGATITGenerator: ImageGenerator {
  /// One AdaLIN block of the bottleneck.
  private final class Block: Module {
    private let convolutions: (Conv2d, Conv2d)
    private let norms: (AdaLIN, AdaLIN)

    init(_ channels: Int, _ compatibility: Architecture.Compatibility, from initializer: Initializer) throws {
      func convolution() throws -> Conv2d {
        try Conv2d(channels, channels, kernel: 3, padding: .reflect(1), from: initializer)
      }
      convolutions = (try convolution(), try convolution())
      norms = (
        try AdaLIN(channels, compatibility, from: initializer),
        try AdaLIN(channels, compatibility, from: initializer)
      )
    }

    var children: [(name: String, module: any Module)] {
      [("conv1", convolutions.0), ("norm1", norms.0), ("conv2", convolutions.1), ("norm2", norms.1)]
    }

    func callAsFunction(_ input: Tensor, gamma: Tensor, beta: Tensor) throws -> Tensor {
      let hidden = try norms.0(convolutions.0(input), gamma: gamma, beta: beta, rectified: true, border: 1)
      return try norms.1(convolutions.1(hidden, mirrored: true), gamma: gamma, beta: beta, adding: input)
    }
  }

  private let encoder: [Conv2d]
  private let residuals: [ResidualBlock]
  private let activation: ClassActivation
  private let style: StyleLayers
  private let gamma: Linear
  private let beta: Linear
  private let blocks: [Block]
  private let decoder: [UpBlock]
  private let last: Conv2d

  init(_ architecture: Architecture, from initializer: Initializer) throws {
    let (width, channels) = (architecture.width, 4 * architecture.width)
    let compatibility = architecture.compatibility
    encoder = [
      try Conv2d(3, width, kernel: 7, padding: .reflect(3), from: initializer),
      try Conv2d(width, 2 * width, kernel: 3, stride: 2, padding: .reflect(1), from: initializer),
      try Conv2d(2 * width, channels, kernel: 3, stride: 2, padding: .reflect(1), from: initializer),
    ]
    residuals = try (0..<4).map { _ in try ResidualBlock(channels, from: initializer) }
    activation = try ClassActivation(generator: channels, bias: false, compatibility, from: initializer)
    style = try StyleLayers(
      channels: channels, side: architecture.side / 4, light: architecture.model.isLight, bias: false,
      from: initializer)
    gamma = try Linear(channels, channels, bias: false, from: initializer)
    beta = try Linear(channels, channels, bias: false, from: initializer)
    blocks = try (0..<4).map { _ in try Block(channels, compatibility, from: initializer) }
    decoder = [
      try UpBlock(channels, 2 * width, compatibility, from: initializer),
      try UpBlock(2 * width, width, index: 5, compatibility, from: initializer),
    ]
    last = try Conv2d(width, 3, kernel: 7, padding: .reflect(3), from: initializer)
  }

  var children: [(name: String, module: any Module)] {
    activation.children + [("gamma", gamma), ("beta", beta)]
      + blocks.enumerated().map { ("UpBlock1_\($0 + 1)", $1) }
      + zip([1, 5, 9], encoder).map { ("DownBlock.\($0)", $1) }
      + residuals.enumerated().map { ("DownBlock.\($0 + 12)", $1) }
      + [("FC", style)] + decoder.map { ("UpBlock2", $0) } + [("UpBlock2.11", last)]
  }

  func callAsFunction(_ images: Tensor, precision: DType) throws -> Translation {
    var map = try images.prepared(for: precision)
    for (level, convolution) in encoder.enumerated() {
      map = try instanceNorm(convolution(map, mirrored: level > 0), border: level < 2 ? 1 : 0)
    }
    for residual in residuals { map = try residual(map) }

    let attended = try activation(map, slope: 0)
    map = attended.map

    let features = try style(map)
    let (gamma, beta) = try (gamma(features), beta(features))
    for block in blocks { map = try block(map, gamma: gamma, beta: beta) }
    map = try decoder[1](decoder[0](map), border: 3)
    let painted = try last(map, mirrored: true).widened().tanh()
    return Translation(images: painted, attention: Attention(logits: attended.logits, map: attended.map))
  }
}
