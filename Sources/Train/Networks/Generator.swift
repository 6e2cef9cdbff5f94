public import Tensors

/// The outputs of a generator for a batch of images.
public struct Translation {
  /// The translated images, (N, 3, side, side), float32 in -1...1.
  public let images: Tensor
  /// The CAM logits and the heatmap.
  public let attention: Attention
}

/// A generator, which translates images of one domain into the other.
public protocol ImageGenerator: Module {
  /// Translates images (N, 3, side, side) in -1...1; convolutions compute in `precision`, statistics in float32.
  func callAsFunction(_ images: Tensor, precision: DType) throws -> Translation

  /// Clips every rho to 0...`rho` and every mixing weight of SoftAdaLIN to 0...`weight`, as published after each step.
  func clip(rho: Double, weight: Double) throws
}

extension ImageGenerator {
  /// Translates images in float32.
  public func callAsFunction(_ images: Tensor) throws -> Translation { try self(images, precision: .float32) }

  /// Clips all rho and all mixing weights, which are found by their published names.
  ///
  /// - Parameters:
  ///   - rho: The largest rho; the smallest is 0.
  ///   - weight: The largest mixing weight; the smallest is 0.
  /// - Throws: `TensorError`.
  public func clip(rho: Double, weight: Double) throws {
    func named(_ names: Set<String>) -> [Tensor] {
      state.filter {
        $0.isParameter && names.contains($0.key.split(separator: ".").last.map(String.init) ?? "")
      }
      .map(\.tensor)
    }
    try named(["rho"]).clampInPlace(to: 0...rho)
    try named(["w_gamma", "w_beta"]).clampInPlace(to: 0...weight)
  }
}

extension Module {
  /// The fraction of AdaLIN's channels, in 0...1, whose rho is 0 or 1, so that only one of the two normalisations is used.
  ///
  /// ILN's rho are not counted, because they start at 0.
  func saturatedRho() throws -> Double {
    func shares(_ module: any Module) throws -> [Float] {
      if let norm = module as? AdaLIN { return try norm.share().floats() }
      return try module.children.flatMap { try shares($0.module) }
    }
    let all = try shares(self)
    return Double(all.count { $0 <= 0 || $0 >= 1 }) / Double(max(1, all.count))
  }
}

extension Architecture {
  /// A new generator with weights of `dtype` drawn from `random`.
  public func makeGenerator(from random: RandomGenerator, dtype: DType = .float32) throws
    -> any ImageGenerator
  {
    let initializer = initializer(random, dtype)
    return model.isPhoto2cartoon
      ? try Photo2CartoonGenerator(self, from: initializer) : try UGATITGenerator(self, from: initializer)
  }

  /// A new discriminator with weights of `dtype` drawn from `random`.
  public func makeDiscriminator(
    _ field: Discriminator.Field, from random: RandomGenerator, dtype: DType = .float32
  ) throws -> Discriminator {
    try Discriminator(field, width: width, compatibility, from: initializer(random, dtype))
  }

  private func initializer(_ random: RandomGenerator, _ dtype: DType) -> Initializer {
    Initializer(
      compatibility == .tensorflow ? .normal(deviation: 0.02) : .uniform, random: random, dtype: dtype)
  }
}

extension Tensor {
  /// Images in the convolutions' data type and in the best memory format for it.
  ///
  /// In bfloat16 it is channels-last, with which oneDNN is a third faster. In float32 it would be faster too, but only the
  /// published format rounds as the published program does. On CUDA it is always channels-last.
  func prepared(for precision: DType) throws(TensorError) -> Tensor {
    try to(precision).contiguous(channelsLast: precision == .bfloat16 || device != .cpu)
  }
}

/// A residual block: two convolutions with instance normalisation, added to the input.
final class ResidualBlock: Module {
  private let first: Conv2d
  private let second: Conv2d

  init(_ channels: Int, from initializer: Initializer) throws {
    first = try Conv2d(channels, channels, kernel: 3, padding: .reflect(1), from: initializer)
    second = try Conv2d(channels, channels, kernel: 3, padding: .reflect(1), from: initializer)
  }

  var children: [(name: String, module: any Module)] { [("conv_block.1", first), ("conv_block.5", second)] }

  func callAsFunction(_ input: Tensor) throws -> Tensor {
    let hidden = try instanceNorm(first(input), border: 1)
    return try second(hidden, mirrored: true).mixedNorm(nil, adding: input)
  }
}

/// An upsampling block: nearest-neighbour upsampling by 2, a convolution, and layer-instance normalisation.
final class UpBlock: Module {
  private let convolution: Conv2d
  private let norm: ILN
  private let index: Int

  /// `index` is the block's first index in the published sequence of layers.
  init(
    _ inputs: Int, _ outputs: Int, index: Int = 0, _ compatibility: Architecture.Compatibility,
    from initializer: Initializer
  ) throws {
    convolution = try Conv2d(inputs, outputs, kernel: 3, padding: .reflect(1), from: initializer)
    norm = try ILN(outputs, compatibility, from: initializer)
    self.index = index
  }

  var children: [(name: String, module: any Module)] {
    [("\(index + 2)", convolution), ("\(index + 3)", norm)]
  }

  /// The result has `border` mirrored pixels on every side.
  func callAsFunction(_ input: Tensor, border: Int = 0) throws -> Tensor {
    try norm(convolution(input.doubledAndPadded(1), mirrored: true), border: border)
  }
}

/// The two linear layers that compute the style from the attended map: from its channel means (light) or from all of it.
final class StyleLayers: Module {
  private let first: Linear
  private let second: Linear
  private let light: Bool

  init(channels: Int, side: Int, light: Bool, bias: Bool, from initializer: Initializer) throws {
    first = try Linear(light ? channels : channels * side * side, channels, bias: bias, from: initializer)
    second = try Linear(channels, channels, bias: bias, from: initializer)
    self.light = light
  }

  var children: [(name: String, module: any Module)] { [("0", first), ("2", second)] }

  func callAsFunction(_ map: Tensor) throws -> Tensor {
    // In float32, because converting the weights (268 million without `light`) would take longer than the product.
    let features = try light ? map.channelMeans() : map.widened()
    return try second(first(features.reshape([map.shape[0], -1])).relu()).relu()
  }
}
