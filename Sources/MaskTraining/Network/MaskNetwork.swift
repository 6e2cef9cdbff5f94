public import MaskModel
public import Tensors

/// A U-Net that separates the person or character whose face is marked from the background.
///
/// Input (N, 4, side, side): red, green and blue from -1 to 1, and the face channel (`FaceChannel`). Output
/// (N, 1, side, side): the logit of alpha. OpenCV 4.6 can read all operations from ONNX.
/// U-Net: https://arxiv.org/abs/1505.04597; sums instead of concatenation as in FPN, https://arxiv.org/abs/1612.03144.
public final class MaskNetwork: Module {
  /// Its shape.
  public let architecture: MaskArchitecture
  let entries: [NormedConv]
  let blocks: [ResidualBlock]
  let gate: ChannelGate
  let laterals: [NormedConv]
  let smooths: [NormedConv]
  let reduce: NormedConv
  let detail: Conv2d
  let last: Conv2d

  /// A network with new weights drawn from `generator`.
  public init(_ architecture: MaskArchitecture, generator: RandomGenerator) throws {
    self.architecture = architecture
    let initializer = Initializer(random: generator)
    let widths = architecture.widths
    entries = try widths.indices.map { level in
      try NormedConv(
        level == 0 ? MaskArchitecture.inputChannels : widths[level - 1], widths[level], stride: 2,
        from: initializer)
    }
    blocks = try widths.dropFirst().map { try ResidualBlock($0, from: initializer) }
    gate = try ChannelGate(widths[4], from: initializer)
    laterals = try (0..<4).map { try NormedConv(widths[$0 + 1], widths[$0], kernel: 1, from: initializer) }
    smooths = try (0..<4).map { try NormedConv(widths[$0], widths[$0], from: initializer) }
    reduce = try NormedConv(widths[0], MaskArchitecture.headWidth, kernel: 1, from: initializer)
    detail = try Conv2d(
      MaskArchitecture.headWidth + MaskArchitecture.inputChannels, MaskArchitecture.headWidth, kernel: 3,
      padding: .zero(1), bias: true,
      from: initializer)
    last = try Conv2d(
      MaskArchitecture.headWidth, 1, kernel: 3, padding: .zero(1), bias: true, from: initializer)
  }

  /// The parts by the names that state files use.
  public var children: [(name: String, module: any Module)] {
    var parts: [(name: String, module: any Module)] = []
    for (index, part) in entries.enumerated() { parts.append(("entry.\(index)", part)) }
    for (index, part) in blocks.enumerated() { parts.append(("block.\(index + 1)", part)) }
    parts.append(("gate", gate))
    for (index, part) in laterals.enumerated() { parts.append(("lateral.\(index)", part)) }
    for (index, part) in smooths.enumerated() { parts.append(("smooth.\(index)", part)) }
    return parts + [("reduce", reduce), ("detail", detail), ("last", last)]
  }

  /// The logits of alpha for `input`; convolutions compute in `precision`.
  public func callAsFunction(
    _ input: Tensor, precision: DType = .float32, training: Bool = false
  ) throws -> Tensor {
    let input = try input.to(precision).contiguous(channelsLast: true)
    var maps: [Tensor] = []
    var map = input
    for level in entries.indices {
      map = try entries[level](map, training: training)
      if level > 0 { map = try blocks[level - 1](map, training: training) }
      maps.append(map)
    }
    map = try gate(map)
    for level in (0..<4).reversed() {
      let lateral = try laterals[level](map, training: training, rectified: false)
      let enlarged = try lateral.doubled()
      map = try smooths[level]((enlarged + maps[level]).relu(), training: training)
    }
    let head = try reduce(map, training: training).doubled()
    let joined = try Tensor.cat([head, input], axis: 1)
    return try last(detail(joined).relu()).to(.float32)
  }
}

extension Tensor {
  /// The map at twice the size, linearly between pixel centers; computed in float32, which libtorch 1.13 needs on the CPU.
  func doubled() throws(TensorError) -> Tensor {
    try widened().resizeBilinear(height: shape[2] * 2, width: shape[3] * 2, alignCorners: false).to(dtype)
  }
}
