public import Foundation

/// How the networks are trained.
public struct TrainSettings: Sendable, Hashable {
  /// The networks that can be trained.
  public enum Model: String, Sendable, Hashable, CaseIterable {
    /// U-GAT-IT as published, with the full attention MLP.
    case ugatit
    /// U-GAT-IT with the pooled attention MLP.
    case ugatitLight = "ugatit-light"
    /// photo2cartoon's light generator.
    case photo2cartoon
    /// photo2cartoon with the full attention MLP.
    case photo2cartoonFull = "photo2cartoon-full"
  }

  /// Whose details are followed where the published programs differ.
  public enum Compatibility: String, Sendable, Hashable, CaseIterable {
    /// znxlwm/UGATIT-pytorch and minivision-ai/photo2cartoon.
    case pytorch
    /// taki0112/UGATIT, which the paper's numbers came from.
    case tensorflow
  }

  /// What DiffAugment varies in every picture that a discriminator sees.
  public enum DiffAugment: String, Sendable, Hashable, Codable, CaseIterable {
    /// Brightness, saturation and contrast.
    case color
    /// A shift by up to an eighth of the side.
    case translation
    /// A square of half the side, blanked.
    case cutout
  }

  /// How much each loss term counts; nil for what was published for the model.
  public struct Weights: Sendable, Hashable {
    /// Being taken for real; published: 1.
    public var adversarial: Double?
    /// Coming back after both translations; published: 10 (U-GAT-IT) or 50 (photo2cartoon).
    public var cycle: Double?
    /// Leaving an image of the target domain as it is; published: 10.
    public var identity: Double?
    /// Telling the domains apart in the class activation; published: 1000.
    public var cam: Double?
    /// Keeping the face's features, where `face` names a network; published: 1.
    public var face: Double?

    /// The published weights.
    public init() {}
  }

  /// The networks; the default is `ugatit-light`.
  public var model = Model.ugatitLight
  /// How many steps the run has; the default is 100,000.
  public var steps = 100_000
  /// Images of each domain a step; the default is 1.
  public var batch = 1
  /// The side that images are trained at, a multiple of 16; nil for the dataset's.
  public var size: Int?
  /// Channels of the first convolution; nil for the published 64 (U-GAT-IT) or 32 (photo2cartoon).
  public var width: Int?
  /// The learning rate of both Adams; the default is 0.0001.
  public var learningRate = 0.0001
  /// Whether the rate falls to zero in the second half of the steps; the default is true.
  public var decay = true
  /// How many batches of each domain a step gathers gradients from; the default is 1.
  public var accumulate = 1
  /// The longest gradient of the generators, and of the discriminators; the default 0 leaves gradients as they are.
  public var clip = 0.0
  /// How much each loss term counts.
  public var weights = Weights()
  /// Whose details are followed; the default is `pytorch`.
  public var compat = Compatibility.pytorch
  /// The weights of a MobileFaceNet, which add photo2cartoon's face identity loss; nil for none.
  public var face: URL?
  /// How slowly the average of the generators' weights follows them, such as 0.999; the default 0 keeps no average.
  public var ema = 0.0
  /// What DiffAugment varies, in the order of its cases; the default is nothing.
  public var diffaugment: [DiffAugment] = []
  /// The weight of the R1 gradient penalty on the discriminators; the default 0 computes none.
  public var r1 = 0.0
  /// Steps between two gradient penalties; each is multiplied by this number.
  ///
  /// The default is 16.
  public var r1Every = 16
  /// The seed of everything that is drawn by chance; the default is 0.
  public var seed = 0
  /// A run's folder or a weights file whose weights a new run starts from; nil for random weights.
  public var from: URL?
  /// Steps in which the learning rate rises linearly from 0; the default is 0.
  public var warmup = 0
  /// Steps between sample sheets; the default is 1000.
  public var sampleEvery = 1000
  /// Steps between checkpoints; the default is 1000.
  public var saveEvery = 1000
  /// How many checkpoints are kept besides the best; the default is 3.
  public var keep = 3
  /// Where it runs: `auto`, `cpu`, `cuda` or `cuda:1`; the default is `auto`.
  public var device = "auto"
  /// The precision of convolutions: `fp32` or `bf16`; the default is `fp32`.
  public var precision = "fp32"
  /// The folder of the run, relative to the file's folder; nil for `<output>/run`.
  public var run: URL?

  /// The defaults.
  public init() {}
}
