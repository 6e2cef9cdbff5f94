/// A part of a network: its own tensors and its submodules, with the names of state files.
///
/// Names and order are those of a PyTorch state_dict: parameters, then buffers, then the children in turn.
public protocol Module: AnyObject {
  /// The learned parameters by name.
  var ownParameters: [(name: String, tensor: Tensor)] { get }
  /// The buffers: tensors of the state that are not learned, by name.
  var ownBuffers: [(name: String, tensor: Tensor)] { get }
  /// The submodules by name; a name may contain dots if the published module has a nested module without
  /// parameters.
  var children: [(name: String, module: any Module)] { get }
}

/// One tensor of a module's state.
public struct StateEntry {
  /// The published name, such as `DownBlock.1.weight`.
  public let key: String
  /// The tensor itself, not a copy.
  public let tensor: Tensor
  /// Whether an optimizer changes it.
  public let isParameter: Bool
}

extension Module {
  /// No parameters of its own.
  public var ownParameters: [(name: String, tensor: Tensor)] { [] }
  /// No buffers of its own.
  public var ownBuffers: [(name: String, tensor: Tensor)] { [] }
  /// No submodules.
  public var children: [(name: String, module: any Module)] { [] }

  /// Every tensor of the module and its parts, in the published order.
  public var state: [StateEntry] {
    ownParameters.map { StateEntry(key: $0.name, tensor: $0.tensor, isParameter: true) }
      + ownBuffers.map { StateEntry(key: $0.name, tensor: $0.tensor, isParameter: false) }
      + children.flatMap { name, module in
        module.state.map {
          StateEntry(key: "\(name).\($0.key)", tensor: $0.tensor, isParameter: $0.isParameter)
        }
      }
  }

  /// What an optimizer changes, in the published order.
  public var parameters: [Tensor] { state.filter(\.isParameter).map(\.tensor) }

  /// Turns the gradients of the parameters on or off.
  public func setRequiresGrad(_ on: Bool) throws(TensorError) {
    for parameter in parameters { try parameter.setRequiresGrad(on) }
  }

  /// Removes all gradients, so that an optimizer skips parameters without a new one.
  public func clearGradients() throws(TensorError) {
    for parameter in parameters { try parameter.setGrad(nil) }
  }
}

/// The initialization of new weights.
public struct Initializer {
  /// The published ways.
  public enum Scheme: Sendable, Equatable {
    /// Evenly within 1 / sqrt(fan in), biases too: PyTorch's default for linear layers and convolutions.
    case uniform
    /// N(0, deviation), biases zero, as the TensorFlow U-GAT-IT.
    case normal(deviation: Double)
  }

  let scheme: Scheme
  let random: RandomGenerator
  let dtype: DType

  /// Draws by `scheme` from `random`; the numbers are of `dtype`.
  public init(_ scheme: Scheme = .uniform, random: RandomGenerator, dtype: DType = .float32) {
    self.scheme = scheme
    self.random = random
    self.dtype = dtype
  }

  /// A weight of `shape`, each of whose outputs sees `fanIn` inputs.
  public func weight(_ shape: [Int], fanIn: Int) throws(TensorError) -> Tensor {
    switch scheme {
    case .uniform: try evenly(shape, fanIn)
    case .normal(let deviation): try learned(random.normal(shape, deviation: deviation))
    }
  }

  /// A bias of `count` numbers.
  public func bias(_ count: Int, fanIn: Int) throws(TensorError) -> Tensor {
    switch scheme {
    case .uniform: try evenly([count], fanIn)
    case .normal: try constant(0, [count])
    }
  }

  /// A parameter that starts with one value everywhere.
  public func constant(_ value: Double, _ shape: [Int]) throws(TensorError) -> Tensor {
    try learned(Tensor(repeating: value, shape: shape, device: random.device))
  }

  /// A random unit vector, which is not learned.
  func direction(_ count: Int) throws(TensorError) -> Tensor {
    try random.normal([count]).to(dtype).normalized(axis: 0)
  }

  private func evenly(_ shape: [Int], _ fanIn: Int) throws(TensorError) -> Tensor {
    let bound = 1 / Double(max(1, fanIn)).squareRoot()
    return try learned(random.uniform(shape, in: -bound..<bound))
  }

  private func learned(_ numbers: Tensor) throws(TensorError) -> Tensor {
    var tensor = try numbers.to(dtype)
    // The memory order of cuDNN's fastest convolutions. It is not visible in state files.
    if tensor.rank == 4 && tensor.device != .cpu { tensor = try tensor.contiguous(channelsLast: true) }
    try tensor.setRequiresGrad(true)
    return tensor
  }
}

/// A linear layer, torch.nn.Linear.
public final class Linear: Module {
  /// (out, in).
  public let weight: Tensor
  /// (out), if there is one.
  public let bias: Tensor?

  /// A layer from `inputs` to `outputs` features.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, from initializer: Initializer)
    throws(TensorError)
  {
    weight = try initializer.weight([outputs, inputs], fanIn: inputs)
    self.bias = bias ? try initializer.bias(outputs, fanIn: inputs) : nil
  }

  /// `weight` and `bias`.
  public var ownParameters: [(name: String, tensor: Tensor)] {
    [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
  }

  /// The layer applied to the last axis, in the input's type.
  public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
    try input.linear(weight.to(input.dtype), bias: bias?.to(input.dtype))
  }
}

/// A two-dimensional convolution, torch.nn.Conv2d, after mirrored or zero padding.
public final class Conv2d: Module {
  /// How the border is filled.
  public enum Padding: Sendable, Equatable {
    /// This many mirrored pixels, torch.nn.ReflectionPad2d.
    case reflect(Int)
    /// This many zeros.
    case zero(Int)
  }

  /// (out, in / groups, kernel, kernel).
  public let weight: Tensor
  /// (out), if there is one.
  public let bias: Tensor?
  private let stride: Int
  private let padding: Padding
  private let groups: Int

  /// A convolution from `inputs` to `outputs` channels with a square kernel.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Padding = .zero(0),
    groups: Int = 1, bias: Bool = false, from initializer: Initializer
  ) throws(TensorError) {
    let fanIn = inputs / groups * kernel * kernel
    weight = try initializer.weight([outputs, inputs / groups, kernel, kernel], fanIn: fanIn)
    self.bias = bias ? try initializer.bias(outputs, fanIn: fanIn) : nil
    self.stride = stride
    self.padding = padding
    self.groups = groups
  }

  /// `weight` and `bias`.
  public var ownParameters: [(name: String, tensor: Tensor)] {
    [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
  }

  /// The convolution of images (N, C, H, W), in the input's type; those with `mirrored` borders already have the border.
  public func callAsFunction(_ input: Tensor, mirrored: Bool = false) throws(TensorError) -> Tensor {
    var (input, zeros) = (input, 0)
    switch padding {
    case .reflect(let width): input = mirrored ? input : try input.reflectionPad(width)
    case .zero(let width): zeros = width
    }
    return try input.conv2d(
      weight.to(input.dtype), bias: bias?.to(input.dtype), stride: stride, padding: zeros, groups: groups)
  }
}
