public import Dataset
public import Tensors

/// The settings of a training step.
public struct StepSettings: Sendable, Equatable, Codable {
  /// The weights of the loss terms.
  public var weights: LossWeights
  /// Adam's settings other than the learning rate.
  public var adam = Adam.Settings()
  /// The upper limit of every rho, to which it is clipped after each step.
  public var rhoLimit = 1.0
  /// The upper limit of every mixing weight of SoftAdaLIN, to which it is clipped after each step.
  public var mixingLimit = 1.0
  /// The number format of convolutions.
  public var precision = Precision.float32
  /// The maximum norm of the generators' gradients and of the discriminators' gradients; 0 for no limit.
  ///
  /// On the difficulty of training recurrent neural networks, https://arxiv.org/abs/1211.5063.
  public var gradientLimit = 0.0
  /// The decay of the generators' moving average, in 0..<1; 0 for no average.
  public var emaDecay = 0.0
  /// The differentiable augmentations of the images that discriminators see.
  public var diffAugment: [TrainSettings.DiffAugment] = []
  /// The weight gamma of the R1 penalty, gamma / 2 * |gradient|²; 0 for no penalty.
  public var gradientPenalty = 0.0
  /// The number of steps between penalties; each penalty is multiplied by this number.
  public var gradientPenaltyEvery = 16
  /// The target of the adaptive strength of `diffAugment`, see `AugmentStrength`; 0 for full strength always.
  public var augmentTarget = 0.0
  /// The number of earlier translations of each domain that the discriminators may see, see `ImagePool`; 0 for none.
  public var poolSize = 0
  /// The seed of the random choices in a step.
  public var seed: UInt64 = 0

  /// The published settings.
  public init(for model: Architecture.Model = .ugatitLight) { weights = LossWeights(for: model) }

  /// The user's settings, completed by the published values for `model`, with convolutions in `precision`.
  public init(
    _ settings: TrainSettings, for model: Architecture.Model, precision: Precision = .float32
  ) {
    self.init(for: model)
    self.precision = precision
    let given = settings.weights
    weights.adversarial = given.adversarial ?? weights.adversarial
    weights.cycle = given.cycle ?? weights.cycle
    weights.identity = given.identity ?? weights.identity
    weights.cam = given.cam ?? weights.cam
    weights.face = given.face ?? weights.face
    gradientLimit = settings.clip
    emaDecay = settings.ema
    diffAugment = settings.diffaugment
    gradientPenalty = settings.r1
    gradientPenaltyEvery = settings.r1Every
    augmentTarget = settings.augmentTarget
    poolSize = settings.pool
    seed = UInt64(settings.seed)
  }
}
