/// The shape of a mask network.
public struct MaskArchitecture: Sendable, Equatable, Codable {
  /// The side of the square input in pixels, a multiple of 32.
  public var side = 160
  /// Channels at a half, a quarter, an eighth, a sixteenth and a thirty-second of the side.
  public var widths = [16, 32, 64, 96, 128]

  /// Planes of the input: red, green, blue, face.
  public static let inputChannels = 4
  /// Channels at the full side.
  public static let headWidth = 8

  /// The shape of a new training; the built-in network has the same widths and continued on 192 pixels.
  public init() {}

  /// Why the shape is invalid, in one sentence; nil if it is valid.
  public var problem: String? {
    if side < 64 || side % 32 != 0 || side > 512 {
      return "the side is \(side), it must be a multiple of 32 from 64 to 512"
    }
    if widths.count != 5 || widths.contains(where: { $0 < 4 || $0 > 512 || $0 % 4 != 0 }) {
      return "there must be five widths, multiples of 4 from 4 to 512, not \(widths)"
    }
    return nil
  }

  /// A convolution of the network in use, normalization folded in.
  public struct Convolution: Sendable, Equatable {
    /// Its name in the network's state.
    public let name: String
    /// The input channels.
    public let inputs: Int
    /// The output channels.
    public let outputs: Int
    /// The side of its kernel.
    public let kernel: Int
    /// The stride in pixels.
    public let stride: Int

    /// The number of weights in its kernel.
    public var weightCount: Int { outputs * inputs * kernel * kernel }
  }

  /// All convolutions, in the order in which weights are stored.
  ///
  /// - Precondition: `problem` is nil.
  public var convolutions: [Convolution] {
    func layer(_ name: String, _ inputs: Int, _ outputs: Int, _ kernel: Int = 3, stride: Int = 1)
      -> Convolution
    {
      Convolution(name: name, inputs: inputs, outputs: outputs, kernel: kernel, stride: stride)
    }
    var layers: [Convolution] = []
    for level in 0..<5 {
      let before = level == 0 ? Self.inputChannels : widths[level - 1]
      layers.append(layer("entry.\(level)", before, widths[level], stride: 2))
      guard level > 0 else { continue }
      for part in ["first", "second"] {
        layers.append(layer("block.\(level).\(part)", widths[level], widths[level]))
      }
    }
    layers.append(layer("gate.squeeze", widths[4], widths[4] / 4, 1))
    layers.append(layer("gate.excite", widths[4] / 4, widths[4], 1))
    for level in (0..<4).reversed() {
      layers.append(layer("lateral.\(level)", widths[level + 1], widths[level], 1))
      layers.append(layer("smooth.\(level)", widths[level], widths[level]))
    }
    layers.append(layer("reduce", widths[0], Self.headWidth, 1))
    layers.append(layer("detail", Self.headWidth + Self.inputChannels, Self.headWidth))
    layers.append(layer("last", Self.headWidth, 1))
    return layers
  }
}
