public import Dataset
public import Tensors

/// What one step is told besides the images.
public struct StepSettings: Sendable, Equatable, Codable {
  /// How much each loss term counts.
  public var weights: LossWeights
  /// What Adam is told besides the rate.
  public var adam = Adam.Settings()
  /// The upper bound of every rho, restored after each step.
  public var rhoLimit = 1.0
  /// The upper bound of every mixing weight of SoftAdaLIN, restored after each step.
  public var mixingLimit = 1.0
  /// Whether convolutions compute in bfloat16; statistics, class activations, losses and spectral vectors stay float32.
  public var bfloat16 = false
  /// The longest gradient of the generators and of the discriminators; 0 leaves them as they are.
  ///
  /// On the difficulty of training recurrent neural networks, https://arxiv.org/abs/1211.5063.
  public var gradientLimit = 0.0
  /// How slowly the average of the generators follows them; 0 keeps no average.
  public var averaging = 0.0
  /// What DiffAugment varies in the pictures that discriminators see.
  public var diffAugment: [TrainSettings.DiffAugment] = []
  /// The weight of the R1 penalty, half of which multiplies the squared gradient; 0 computes none.
  public var gradientPenalty = 0.0
  /// Steps between penalties, each of which counts so many times.
  public var gradientPenaltyEvery = 16
  /// The seed of what is drawn in a step.
  public var seed: UInt64 = 0

  /// The published settings.
  public init(for model: Architecture.Model = .ugatitLight) { weights = LossWeights(for: model) }

  /// What a person has set, and for the rest what was published for `model`.
  public init(_ settings: TrainSettings, for model: Architecture.Model) {
    self.init(for: model)
    let given = settings.weights
    weights.adversarial = given.adversarial ?? weights.adversarial
    weights.cycle = given.cycle ?? weights.cycle
    weights.identity = given.identity ?? weights.identity
    weights.cam = given.cam ?? weights.cam
    weights.face = given.face ?? weights.face
    bfloat16 = settings.precision == "bf16"
    gradientLimit = settings.clip
    averaging = settings.ema
    diffAugment = settings.diffaugment
    gradientPenalty = settings.r1
    gradientPenaltyEvery = settings.r1Every
    seed = UInt64(settings.seed)
  }
}
