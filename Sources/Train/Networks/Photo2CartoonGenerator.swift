import Tensors

/// photo2cartoon's generator: U-GAT-IT's bottleneck with SoftAdaLIN, between two pairs of hourglasses.
///
/// Source: minivision-ai/photo2cartoon, models/networks.py, ResnetGenerator.
final class Photo2CartoonGenerator: ImageGenerator {
  /// One SoftAdaLIN block of the bottleneck.
  private final class Block: Module {
    private let convolutions: (Conv2d, Conv2d)
    private let norms: (SoftAdaLIN, SoftAdaLIN)

    init(_ channels: Int, _ compatibility: Architecture.Compatibility, from initializer: Initializer) throws {
      func convolution() throws -> Conv2d {
        try Conv2d(channels, channels, kernel: 3, padding: .reflect(1), from: initializer)
      }
      func norm() throws -> SoftAdaLIN { try SoftAdaLIN(channels, compatibility, from: initializer) }
      convolutions = (try convolution(), try convolution())
      norms = (try norm(), try norm())
    }

    var children: [(name: String, module: any Module)] {
      [("conv1", convolutions.0), ("norm1", norms.0), ("conv2", convolutions.1), ("norm2", norms.1)]
    }

    func callAsFunction(_ input: Tensor, content: Tensor, style: Tensor) throws -> Tensor {
      let hidden = try norms.0(
        convolutions.0(input), content: content, style: style, rectified: true, border: 1)
      return try norms.1(
        convolutions.1(hidden, mirrored: true), content: content, style: style, adding: input)
    }
  }

  private let first: Conv2d
  private let hourglasses: [Hourglass]
  private let downs: [Conv2d]
  private let encoder: [ResidualBlock]
  private let activation: ClassActivation
  private let style: StyleLayers
  private let decoder: [Block]
  private let ups: [UpBlock]
  private let last: Conv2d

  init(_ architecture: Architecture, from initializer: Initializer) throws {
    let (width, channels) = (architecture.width, 4 * architecture.width)
    let compatibility = architecture.compatibility
    first = try Conv2d(3, width, kernel: 7, padding: .reflect(3), from: initializer)
    hourglasses = try (0..<4).map { try Hourglass(width, residual: $0 < 3, from: initializer) }
    downs = try [width, 2 * width].map {
      try Conv2d($0, 2 * $0, kernel: 3, stride: 2, padding: .reflect(1), from: initializer)
    }
    encoder = try (0..<4).map { _ in try ResidualBlock(channels, from: initializer) }
    activation = try ClassActivation(generator: channels, bias: true, compatibility, from: initializer)
    style = try StyleLayers(
      channels: channels, side: architecture.side / 4, light: architecture.model.isLight, bias: true,
      from: initializer)
    decoder = try (0..<4).map { _ in try Block(channels, compatibility, from: initializer) }
    ups = try [channels, 2 * width].map { try UpBlock($0, $0 / 2, compatibility, from: initializer) }
    last = try Conv2d(3, 3, kernel: 7, padding: .reflect(3), from: initializer)
  }

  var children: [(name: String, module: any Module)] {
    let start: [(name: String, module: any Module)] = [
      ("ConvBlock1.1", first), ("HourGlass1", hourglasses[0]), ("HourGlass2", hourglasses[1]),
      ("DownBlock1.1", downs[0]), ("DownBlock2.1", downs[1]),
    ]
    let end: [(name: String, module: any Module)] = [
      ("UpBlock1", ups[0]), ("UpBlock2", ups[1]), ("HourGlass3", hourglasses[2]),
      ("HourGlass4", hourglasses[3]),
      ("ConvBlock2.1", last),
    ]
    return start + encoder.enumerated().map { ("EncodeBlock\($0 + 1)", $1) } + activation.children
      + [("FC", style)] + decoder.enumerated().map { ("DecodeBlock\($0 + 1)", $1) } + end
  }

  func callAsFunction(_ images: Tensor, precision: DType) throws -> Translation {
    var map = try instanceNorm(first(images.prepared(for: precision)))
    map = try hourglasses[1](hourglasses[0](map))
    for down in downs { map = try instanceNorm(down(map)) }
    var contents: [Tensor] = []
    for block in encoder {
      map = try block(map)
      contents.append(try map.channelMeans())
    }

    let attended = try activation(map, slope: 0)
    map = attended.map

    let features = try style(map)
    for (block, content) in zip(decoder, contents.reversed()) {
      map = try block(map, content: content, style: features)
    }
    for up in ups { map = try up(map) }
    let painted = try last(hourglasses[3](hourglasses[2](map))).widened().tanh()
    return Translation(images: painted, attention: Attention(logits: attended.logits, map: attended.map))
  }
}
