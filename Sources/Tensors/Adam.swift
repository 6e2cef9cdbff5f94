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
  /// The number of updates of each parameter.
  public private(set) var steps: [Int64]

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
    steps = Array(repeating: 0, count: parameters.count)
  }

  /// Changes every parameter that has a gradient, by `rate`.
  public func step(rate: Double) throws(TensorError) {
    let settings = ctorch_adam(
      rate: rate, beta1: settings.beta1, beta2: settings.beta2, eps: settings.eps,
      weight_decay: settings.weightDecay)
    try perform("adam step") {
      ctorch_adam_step(
        parameters.map(\.handle), firstMoments.map(\.handle), secondMoments.map(\.handle), &steps,
        Int32(parameters.count), settings, $0)
    }
  }

  /// Restores the step counts of a saved run; the moments are overwritten with `Tensor.copy(from:)`.
  public func restore(steps: [Int64]) {
    precondition(steps.count == parameters.count, "\(steps.count) counts for \(parameters.count) parameters")
    self.steps = steps
  }
}

extension Sequence<Tensor> {
  /// Clips the gradients: scales all of them down if their joint norm exceeds `limit`; returns the norm
  /// before.
  @discardableResult
  public func clipGradients(to limit: Double = 0) throws(TensorError) -> Double {
    let handles = map(\.handle)
    var norm = 0.0
    try perform("clip gradients") {
      ctorch_clip_grad_norm(handles, Int32(handles.count), limit, &norm, $0)
    }
    return norm
  }
}
