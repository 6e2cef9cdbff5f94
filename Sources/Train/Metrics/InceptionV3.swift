import Tensors

/// InceptionV3 of the 2015-12-05 TensorFlow graph, which FID and KID use: 2048 features after pooling.
///
/// Source: toshas/torch-fidelity, feature_extractor_inceptionv3.py; mseitz/pytorch-fid, inception.py (the same keys).
/// Average pooling does not count the padding, and the last block uses max pooling.
final class InceptionV3: Module {
  /// Convolution, batch normalisation with eps 0.001, ReLU.
  private final class Block: Module {
    private let convolution: PaddedConvolution
    private let norm: FixedBatchNorm
    private let padding: [Int]

    init(
      _ inputs: Int, _ outputs: Int, _ height: Int, _ width: Int, stride: Int = 1, pad: (Int, Int) = (0, 0),
      from initializer: Initializer
    ) throws {
      convolution = try PaddedConvolution(
        [outputs, inputs, height, width], stride: stride, from: initializer)
      norm = try FixedBatchNorm(outputs, eps: 0.001, from: initializer)
      padding = [pad.1, pad.1, pad.0, pad.0]
    }

    var children: [(name: String, module: any Module)] { [("conv", convolution), ("bn", norm)] }

    func callAsFunction(_ input: Tensor) throws -> Tensor {
      try norm(convolution(input, padding: padding)).relu()
    }
  }

  /// A mixed block: several branches of convolutions, whose results are concatenated.
  private final class Mixed: Module {
    private var blocks: [(name: String, module: Block)] = []
    private let branches: (Mixed, Tensor) throws -> [Tensor]

    init(
      _ layers: [(String, Int, Int, Int, Int, Int, (Int, Int))], from initializer: Initializer,
      _ branches: @escaping (Mixed, Tensor) throws -> [Tensor]
    ) throws {
      self.branches = branches
      for (name, inputs, outputs, height, width, stride, pad) in layers {
        let block = try Block(
          inputs, outputs, height, width, stride: stride, pad: pad, from: initializer)
        blocks.append((name, block))
      }
    }

    var children: [(name: String, module: any Module)] { blocks.map { ($0.name, $0.module) } }

    /// Applies the layers called `names` in sequence.
    func run(_ input: Tensor, _ names: String...) throws -> Tensor {
      try names.reduce(input) { map, name in
        guard let block = blocks.first(where: { $0.name == name })?.module else {
          preconditionFailure("the block has no layer \(name)")
        }
        return try block(map)
      }
    }

    func callAsFunction(_ input: Tensor) throws -> Tensor { try Tensor.cat(branches(self, input), axis: 1) }
  }

  private let stem: [(name: String, module: Block)]
  private let mixed: [(name: String, module: Mixed)]
  private let fc: Linear

  /// A network on `device` with random weights, to be overwritten by trained ones.
  init(device: Device) throws {
    let from = Initializer(random: try RandomGenerator(seed: 0, device: device))
    stem = [
      ("Conv2d_1a_3x3", try Block(3, 32, 3, 3, stride: 2, from: from)),
      ("Conv2d_2a_3x3", try Block(32, 32, 3, 3, from: from)),
      ("Conv2d_2b_3x3", try Block(32, 64, 3, 3, pad: (1, 1), from: from)),
      ("Conv2d_3b_1x1", try Block(64, 80, 1, 1, from: from)),
      ("Conv2d_4a_3x3", try Block(80, 192, 3, 3, from: from)),
    ]
    mixed = [
      ("Mixed_5b", try Self.a(192, 32, from)), ("Mixed_5c", try Self.a(256, 64, from)),
      ("Mixed_5d", try Self.a(288, 64, from)), ("Mixed_6a", try Self.b(288, from)),
      ("Mixed_6b", try Self.c(768, 128, from)), ("Mixed_6c", try Self.c(768, 160, from)),
      ("Mixed_6d", try Self.c(768, 160, from)), ("Mixed_6e", try Self.c(768, 192, from)),
      ("Mixed_7a", try Self.d(768, from)), ("Mixed_7b", try Self.e(1280, maximum: false, from)),
      ("Mixed_7c", try Self.e(2048, maximum: true, from)),
    ]
    fc = try Linear(2048, 1008, from: from)
  }

  var children: [(name: String, module: any Module)] {
    stem.map { ($0.name, $0.module) } + mixed.map { ($0.name, $0.module) } + [("fc", fc)]
  }

  /// The features (N, 2048) of images (N, 3, 299, 299) in about -1...1.
  func callAsFunction(_ images: Tensor) throws -> Tensor {
    var map = images
    for (index, block) in stem.enumerated() {
      map = try block.module(map)
      if index == 2 || index == 4 { map = try map.pool(maximum: true, size: 3, stride: 2) }
    }
    for block in mixed { map = try block.module(map) }
    return try map.globalAveragePool().reshape([map.shape[0], -1])
  }

  private static func a(_ inputs: Int, _ pool: Int, _ from: Initializer) throws -> Mixed {
    try Mixed(
      [
        ("branch1x1", inputs, 64, 1, 1, 1, (0, 0)), ("branch5x5_1", inputs, 48, 1, 1, 1, (0, 0)),
        ("branch5x5_2", 48, 64, 5, 5, 1, (2, 2)), ("branch3x3dbl_1", inputs, 64, 1, 1, 1, (0, 0)),
        ("branch3x3dbl_2", 64, 96, 3, 3, 1, (1, 1)), ("branch3x3dbl_3", 96, 96, 3, 3, 1, (1, 1)),
        ("branch_pool", inputs, pool, 1, 1, 1, (0, 0)),
      ], from: from
    ) { block, x in
      [
        try block.run(x, "branch1x1"), try block.run(x, "branch5x5_1", "branch5x5_2"),
        try block.run(x, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"),
        try block.run(x.pool(maximum: false, size: 3, stride: 1, padding: 1), "branch_pool"),
      ]
    }
  }

  private static func b(_ inputs: Int, _ from: Initializer) throws -> Mixed {
    try Mixed(
      [
        ("branch3x3", inputs, 384, 3, 3, 2, (0, 0)), ("branch3x3dbl_1", inputs, 64, 1, 1, 1, (0, 0)),
        ("branch3x3dbl_2", 64, 96, 3, 3, 1, (1, 1)), ("branch3x3dbl_3", 96, 96, 3, 3, 2, (0, 0)),
      ], from: from
    ) { block, x in
      [
        try block.run(x, "branch3x3"),
        try block.run(x, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"),
        try x.pool(maximum: true, size: 3, stride: 2),
      ]
    }
  }

  private static func c(_ inputs: Int, _ inner: Int, _ from: Initializer) throws -> Mixed {
    try Mixed(
      [
        ("branch1x1", inputs, 192, 1, 1, 1, (0, 0)), ("branch7x7_1", inputs, inner, 1, 1, 1, (0, 0)),
        ("branch7x7_2", inner, inner, 1, 7, 1, (0, 3)), ("branch7x7_3", inner, 192, 7, 1, 1, (3, 0)),
        ("branch7x7dbl_1", inputs, inner, 1, 1, 1, (0, 0)),
        ("branch7x7dbl_2", inner, inner, 7, 1, 1, (3, 0)),
        ("branch7x7dbl_3", inner, inner, 1, 7, 1, (0, 3)),
        ("branch7x7dbl_4", inner, inner, 7, 1, 1, (3, 0)),
        ("branch7x7dbl_5", inner, 192, 1, 7, 1, (0, 3)), ("branch_pool", inputs, 192, 1, 1, 1, (0, 0)),
      ], from: from
    ) { block, x in
      [
        try block.run(x, "branch1x1"), try block.run(x, "branch7x7_1", "branch7x7_2", "branch7x7_3"),
        try block.run(
          x, "branch7x7dbl_1", "branch7x7dbl_2", "branch7x7dbl_3", "branch7x7dbl_4", "branch7x7dbl_5"),
        try block.run(x.pool(maximum: false, size: 3, stride: 1, padding: 1), "branch_pool"),
      ]
    }
  }

  private static func d(_ inputs: Int, _ from: Initializer) throws -> Mixed {
    try Mixed(
      [
        ("branch3x3_1", inputs, 192, 1, 1, 1, (0, 0)), ("branch3x3_2", 192, 320, 3, 3, 2, (0, 0)),
        ("branch7x7x3_1", inputs, 192, 1, 1, 1, (0, 0)), ("branch7x7x3_2", 192, 192, 1, 7, 1, (0, 3)),
        ("branch7x7x3_3", 192, 192, 7, 1, 1, (3, 0)), ("branch7x7x3_4", 192, 192, 3, 3, 2, (0, 0)),
      ], from: from
    ) { block, x in
      [
        try block.run(x, "branch3x3_1", "branch3x3_2"),
        try block.run(x, "branch7x7x3_1", "branch7x7x3_2", "branch7x7x3_3", "branch7x7x3_4"),
        try x.pool(maximum: true, size: 3, stride: 2),
      ]
    }
  }

  private static func e(_ inputs: Int, maximum: Bool, _ from: Initializer) throws -> Mixed {
    try Mixed(
      [
        ("branch1x1", inputs, 320, 1, 1, 1, (0, 0)), ("branch3x3_1", inputs, 384, 1, 1, 1, (0, 0)),
        ("branch3x3_2a", 384, 384, 1, 3, 1, (0, 1)), ("branch3x3_2b", 384, 384, 3, 1, 1, (1, 0)),
        ("branch3x3dbl_1", inputs, 448, 1, 1, 1, (0, 0)), ("branch3x3dbl_2", 448, 384, 3, 3, 1, (1, 1)),
        ("branch3x3dbl_3a", 384, 384, 1, 3, 1, (0, 1)), ("branch3x3dbl_3b", 384, 384, 3, 1, 1, (1, 0)),
        ("branch_pool", inputs, 192, 1, 1, 1, (0, 0)),
      ], from: from
    ) { block, x in
      let one = try block.run(x, "branch3x3_1")
      let double = try block.run(x, "branch3x3dbl_1", "branch3x3dbl_2")
      return [
        try block.run(x, "branch1x1"), try block.run(one, "branch3x3_2a"),
        try block.run(one, "branch3x3_2b"), try block.run(double, "branch3x3dbl_3a"),
        try block.run(double, "branch3x3dbl_3b"),
        try block.run(x.pool(maximum: maximum, size: 3, stride: 1, padding: 1), "branch_pool"),
      ]
    }
  }
}
