import Tensors

/// EfficientNet-Lite0, trained on ImageNet: 1280 features after pooling.
///
/// Source: PyPI efficientnet-lite-pytorch 0.1.0, model.py and utils.py; https://arxiv.org/abs/1905.11946. Convolutions are
/// padded as TensorFlow's "same".
final class EfficientNetLite: Module {
  /// An inverted residual: expansion, depthwise convolution, projection; added to the input if the shape is unchanged.
  private final class Block: Module {
    private let expand: (PaddedConvolution, FixedBatchNorm)?
    private let depthwise: (PaddedConvolution, FixedBatchNorm)
    private let project: (PaddedConvolution, FixedBatchNorm)
    private let kernel, stride: Int
    private let isResidual: Bool

    init(_ inputs: Int, _ outputs: Int, kernel: Int, stride: Int, ratio: Int, from: Initializer) throws {
      let inner = inputs * ratio
      func norm(_ channels: Int) throws -> FixedBatchNorm {
        try FixedBatchNorm(channels, eps: 0.001, from: from)
      }
      expand =
        ratio == 1 ? nil : (try PaddedConvolution([inner, inputs, 1, 1], from: from), try norm(inner))
      depthwise = (
        try PaddedConvolution([inner, 1, kernel, kernel], stride: stride, groups: inner, from: from),
        try norm(inner)
      )
      project = (try PaddedConvolution([outputs, inner, 1, 1], from: from), try norm(outputs))
      (self.kernel, self.stride, isResidual) = (kernel, stride, stride == 1 && inputs == outputs)
    }

    var children: [(name: String, module: any Module)] {
      let first: [(name: String, module: any Module)] =
        expand.map { [("_expand_conv", $0.0), ("_bn0", $0.1)] } ?? []
      return first + [
        ("_depthwise_conv", depthwise.0), ("_bn1", depthwise.1), ("_project_conv", project.0),
        ("_bn2", project.1),
      ]
    }

    func callAsFunction(_ input: Tensor) throws -> Tensor {
      var map = input
      if let expand { map = try expand.1(expand.0(map, padding: [0, 0, 0, 0])).clamp(to: 0...6) }
      map = try depthwise.1(depthwise.0(map, padding: same(map, kernel, stride))).clamp(to: 0...6)
      map = try project.1(project.0(map, padding: [0, 0, 0, 0]))
      return isResidual ? try map + input : map
    }
  }

  private let stem: (PaddedConvolution, FixedBatchNorm)
  private let blocks: [Block]
  private let head: (PaddedConvolution, FixedBatchNorm)
  private let fc: Linear

  /// A network on `device` with random weights, to be overwritten by trained ones.
  init(device: Device) throws {
    let from = Initializer(random: try RandomGenerator(seed: 0, device: device))
    stem = (
      try PaddedConvolution([32, 3, 3, 3], stride: 2, from: from),
      try FixedBatchNorm(32, eps: 0.001, from: from)
    )
    var blocks: [Block] = []
    for (repeats, kernel, stride, ratio, inputs, outputs) in [
      (1, 3, 1, 1, 32, 16), (2, 3, 2, 6, 16, 24), (2, 5, 2, 6, 24, 40), (3, 3, 2, 6, 40, 80),
      (3, 5, 1, 6, 80, 112), (4, 5, 2, 6, 112, 192), (1, 3, 1, 6, 192, 320),
    ] {
      for index in 0..<repeats {
        blocks.append(
          try Block(
            index == 0 ? inputs : outputs, outputs, kernel: kernel, stride: index == 0 ? stride : 1,
            ratio: ratio, from: from))
      }
    }
    self.blocks = blocks
    head = (
      try PaddedConvolution([1280, 320, 1, 1], from: from), try FixedBatchNorm(1280, eps: 0.001, from: from)
    )
    fc = try Linear(1280, 1000, from: from)
  }

  var children: [(name: String, module: any Module)] {
    [("_conv_stem", stem.0), ("_bn0", stem.1)] + blocks.enumerated().map { ("_blocks.\($0)", $1) }
      + [("_conv_head", head.0), ("_bn1", head.1), ("_fc", fc)]
  }

  /// The features (N, 1280) of images (N, 3, 224, 224) that are normalised with ImageNet's mean and standard deviation.
  func callAsFunction(_ images: Tensor) throws -> Tensor {
    var map = try stem.1(stem.0(images, padding: same(images, 3, 2))).clamp(to: 0...6)
    for block in blocks { map = try block(map) }
    map = try head.1(head.0(map, padding: [0, 0, 0, 0])).clamp(to: 0...6)
    return try map.globalAveragePool().reshape([map.shape[0], -1])
  }
}

/// TensorFlow's "same" padding (left, right, top, bottom); an odd pixel is added on the right and at the bottom.
private func same(_ map: Tensor, _ kernel: Int, _ stride: Int) -> [Int] {
  func pads(_ length: Int) -> [Int] {
    let total = max(((length + stride - 1) / stride - 1) * stride + kernel - length, 0)
    return [total / 2, total - total / 2]
  }
  return pads(map.shape[3]) + pads(map.shape[2])
}
