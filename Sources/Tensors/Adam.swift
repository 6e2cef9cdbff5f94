import CTorch

/// Adam with weight decay added to the gradient, like torch.optim.Adam; parameters without a gradient are not
/// changed.
///
/// Adam: A Method for Stochastic Optimization, https://arxiv.org/abs/1412.6980.
public final class Adam {
  /// The settings of Adam besides the learning rate.
  public struct Settings: Sendable, Equatable, Codable {
    /// The decay of the mean of gradients (beta 1).
    public var beta1 = 0.5
    /// The decay of the mean of squared gradients (beta 2).
    public var beta2 = 0.999
    /// The addend of the denominator (epsilon).
    public var eps = 1e-8
    /// The weight decay: the factor with which each weight is added to its gradient.
    public var weightDecay = 1e-4

    /// The published settings of U-GAT-IT.
    public init() {}
  }

  /// The settings in force.
  public let settings: Settings
  /// The parameters that it updates.
  public let parameters: [Tensor]
  /// The mean of gradients, for each parameter.
  public let firstMoments: [Tensor]
  /// The mean of squared gradients, for each parameter.
  public let secondMoments: [Tensor]
  /// The number of updates of each parameter, float32 (count), on the device of the parameters.
  private let counts: Tensor

  /// An optimizer with zero moments.
  public init(_ parameters: [Tensor], settings: Settings = Settings()) throws(TensorError) {
    self.settings = settings
    self.parameters = parameters
    var moments: [Tensor] = []
    for parameter in parameters + parameters {
      // A copy, for its memory order: the step walks over all four arrays side by side.
      let moment = try parameter.detach().clone()
      try moment.fill(0)
      moments.append(moment)
    }
    firstMoments = Array(moments.prefix(parameters.count))
    secondMoments = Array(moments.suffix(parameters.count))
    counts = try .zeros([parameters.count], device: parameters.first?.device ?? .cpu)
  }

  /// The number of updates of each parameter; reading it waits for the device.
  public var steps: [Int64] { get throws(TensorError) { try counts.floats().map { Int64($0) } } }

  /// Changes every parameter that has a gradient, by `rate`.
  public func step(rate: Double) throws(TensorError) {
    let numbers = try Tensor(repeating: rate, shape: [1], dtype: counts.device == .cpu ? .float64 : .float32)
      .to(device: counts.device)
    try step(rate: numbers, unless: .zeros([1], device: counts.device))
  }

  /// Changes every parameter that has a gradient, by `rate`, unless `skip` is 1 instead of 0.
  ///
  /// Both are tensors of one element on the parameters' device, so that a GPU never waits for the processor.
  public func step(rate: Tensor, unless skip: Tensor) throws(TensorError) {
    let settings = ctorch_adam(
      beta1: settings.beta1, beta2: settings.beta2, eps: settings.eps,
      weight_decay: settings.weightDecay)
    try perform("adam step") {
      ctorch_adam_step(
        parameters.map(\.handle), firstMoments.map(\.handle), secondMoments.map(\.handle), counts.handle,
        Int32(parameters.count), rate.handle, skip.handle, settings, $0)
    }
  }

  /// Restores the step counts of a saved run; the moments are overwritten with `Tensor.copy(from:)`.
  public func restore(steps: [Int64]) throws(TensorError) {
    precondition(steps.count == parameters.count, "\(steps.count) counts for \(parameters.count) parameters")
    try counts.copy(from: Tensor(steps.map { Float($0) }))
  }
}
