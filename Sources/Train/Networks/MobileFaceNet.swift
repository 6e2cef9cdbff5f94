public import Tensors

/// MobileFaceNet with 512 features, which compares faces; its weights are frozen.
///
/// Source: TreB1eN/InsightFace_Pytorch, model.py, as photo2cartoon uses it; https://arxiv.org/abs/1804.07573.
public final class MobileFaceNet: Module {
  /// Batch normalisation in evaluation mode, with the stored statistics.
  private final class BatchNorm: Module {
    let weight: Tensor
    let bias: Tensor
    let mean: Tensor
    let variance: Tensor
    let seen: Tensor

    init(_ channels: Int, from initializer: Initializer) throws {
      weight = try initializer.constant(1, [channels])
      bias = try initializer.constant(0, [channels])
      mean = try initializer.constant(0, [channels]).detach()
      variance = try initializer.constant(1, [channels]).detach()
      seen = try .zeros([], dtype: .int64)
    }

    var ownParameters: [(name: String, tensor: Tensor)] { [("weight", weight), ("bias", bias)] }
    var ownBuffers: [(name: String, tensor: Tensor)] {
      [("running_mean", mean), ("running_var", variance), ("num_batches_tracked", seen)]
    }

    func callAsFunction(_ input: Tensor) throws -> Tensor {
      try input.batchNorm(mean: mean, variance: variance, weight: weight, bias: bias)
    }
  }

  /// A convolution, batch normalisation and, unless `linear`, PReLU.
  private final class Block: Module {
    private final class Slopes: Module {
      let weight: Tensor
      init(_ channels: Int, from initializer: Initializer) throws {
        weight = try initializer.constant(0.25, [channels])
      }
      var ownParameters: [(name: String, tensor: Tensor)] { [("weight", weight)] }
    }

    private let convolution: Conv2d
    private let norm: BatchNorm
    private let slopes: Slopes?

    init(
      _ inputs: Int, _ outputs: Int, kernel: Int = 1, stride: Int = 1, padding: Int = 0, groups: Int = 1,
      linear: Bool = false, from initializer: Initializer
    ) throws {
      convolution = try Conv2d(
        inputs, outputs, kernel: kernel, stride: stride, padding: .zero(padding), groups: groups,
        from: initializer)
      norm = try BatchNorm(outputs, from: initializer)
      slopes = linear ? nil : try Slopes(outputs, from: initializer)
    }

    var children: [(name: String, module: any Module)] {
      let always: [(name: String, module: any Module)] = [("conv", convolution), ("bn", norm)]
      return always + (slopes.map { [("prelu", $0)] } ?? [])
    }

    func callAsFunction(_ input: Tensor) throws -> Tensor {
      let result = try norm(convolution(input))
      return try slopes.map { try result.prelu($0.weight) } ?? result
    }
  }

  /// A depthwise separable block: expansion, depthwise convolution, projection; added to the input if `residual`.
  private final class DepthWise: Module {
    private let blocks: [Block]
    private let residual: Bool

    init(
      _ inputs: Int, _ outputs: Int, inner: Int, stride: Int, residual: Bool = false,
      from initializer: Initializer
    ) throws {
      blocks = [
        try Block(inputs, inner, from: initializer),
        try Block(inner, inner, kernel: 3, stride: stride, padding: 1, groups: inner, from: initializer),
        try Block(inner, outputs, linear: true, from: initializer),
      ]
      self.residual = residual
    }

    var children: [(name: String, module: any Module)] {
      zip(["conv", "conv_dw", "project"], blocks).map { ($0, $1) }
    }

    func callAsFunction(_ input: Tensor) throws -> Tensor {
      var map = input
      for block in blocks { map = try block(map) }
      return residual ? try input + map : map
    }
  }

  private let stem: [(name: String, block: Block)]
  private let body: [(name: String, block: DepthWise)]
  private let head: [(name: String, block: Block)]
  private let linear: Linear
  private let norm: BatchNorm

  /// A network on `device` with random weights; load trained weights before use.
  public init(device: Device = .cpu) throws {
    let initializer = Initializer(random: try RandomGenerator(seed: 0, device: device))
    stem = [
      ("conv1", try Block(3, 64, kernel: 3, stride: 2, padding: 1, from: initializer)),
      ("conv2_dw", try Block(64, 64, kernel: 3, padding: 1, groups: 64, from: initializer)),
    ]
    func residuals(_ name: String, _ count: Int, _ channels: Int, inner: Int) throws -> [(String, DepthWise)]
    {
      try (0..<count).map {
        let block = try DepthWise(
          channels, channels, inner: inner, stride: 1, residual: true, from: initializer)
        return ("\(name).model.\($0)", block)
      }
    }
    body =
      [("conv_23", try DepthWise(64, 64, inner: 128, stride: 2, from: initializer))]
      + (try residuals("conv_3", 4, 64, inner: 128))
      + [("conv_34", try DepthWise(64, 128, inner: 256, stride: 2, from: initializer))]
      + (try residuals("conv_4", 6, 128, inner: 256))
      + [("conv_45", try DepthWise(128, 128, inner: 512, stride: 2, from: initializer))]
      + (try residuals("conv_5", 2, 128, inner: 256))
    head = [
      ("conv_6_sep", try Block(128, 512, from: initializer)),
      ("conv_6_dw", try Block(512, 512, kernel: 7, groups: 512, linear: true, from: initializer)),
    ]
    linear = try Linear(512, 512, bias: false, from: initializer)
    norm = try BatchNorm(512, from: initializer)
    try setRequiresGrad(false)
  }

  /// The layers under their published names.
  public var children: [(name: String, module: any Module)] {
    let blocks: [(name: String, module: any Module)] =
      stem.map { ($0.name, $0.block) } + body.map { ($0.name, $0.block) } + head.map { ($0.name, $0.block) }
    return blocks + [("linear", linear), ("bn", norm)]
  }

  /// Features (N, 512) with norm 1 of faces (N, 3, 112, 112) in -1...1.
  public func callAsFunction(_ faces: Tensor) throws -> Tensor {
    var map = faces
    for (_, block) in stem { map = try block(map) }
    for (_, block) in body { map = try block(map) }
    for (_, block) in head { map = try block(map) }
    return try norm(linear(map.reshape([map.shape[0], -1]))).normalized(axis: 1)
  }
}
