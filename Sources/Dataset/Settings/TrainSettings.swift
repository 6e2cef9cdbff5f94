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

  /// Which published program is followed where they differ.
  public enum Compatibility: String, Sendable, Hashable, CaseIterable {
    /// znxlwm/UGATIT-pytorch and minivision-ai/photo2cartoon.
    case pytorch
    /// Parts of taki0112/UGATIT, the program of the paper; docs/training-guide.md lists what differs.
    case tensorflow
  }

  /// The DiffAugment transformations of the discriminators' inputs.
  public enum DiffAugment: String, Sendable, Hashable, Codable, CaseIterable {
    /// Brightness, saturation and contrast.
    case color
    /// A shift by up to an eighth of the side.
    case translation
    /// A blank square of half the side.
    case cutout
  }

  /// The number formats in which processes exchange gradients.
  public enum Exchange: String, Sendable, Hashable, CaseIterable {
    /// float32.
    case float32 = "fp32"
    /// bfloat16: half of the bytes.
    case bfloat16 = "bf16"
  }

  /// The weights of the loss terms; nil for the published weight of the model.
  public struct Weights: Sendable, Hashable {
    /// The adversarial loss; published: 1.
    public var adversarial: Double?
    /// The cycle loss; published: 10 (U-GAT-IT) or 50 (photo2cartoon).
    public var cycle: Double?
    /// The identity loss; published: 10.
    public var identity: Double?
    /// The CAM loss; published: 1000.
    public var cam: Double?
    /// The face identity loss, if `face` names a network; published: 1.
    public var face: Double?

    /// The published weights.
    public init() {}
  }

  /// The networks; the default is `ugatit-light`.
  public var model = Model.ugatitLight
  /// The number of steps; the default is 100,000.
  public var steps = 100_000
  /// The number of images of each domain in one step; the default is 1.
  public var batch = 1
  /// The side of training images in pixels, a multiple of 16; nil for the dataset's.
  public var size: Int?
  /// Channels of the first convolution; nil for the published 64 (U-GAT-IT) or 32 (photo2cartoon).
  public var width: Int?
  /// The learning rate of both Adam optimizers; the default is 0.0001.
  public var learningRate = 0.0001
  /// Whether the learning rate decreases linearly to 0 in the second half of the steps; the default is true.
  public var decay = true
  /// The number of batches of each domain whose gradients are summed for one step; the default is 1.
  public var accumulate = 1
  /// The maximum norm of the gradient of the generators, and of the discriminators; the default is 0, no
  /// clipping.
  public var clip = 0.0
  /// The weights of the loss terms.
  public var weights = Weights()
  /// Which published program is followed where they differ; the default is `pytorch`.
  public var compat = Compatibility.pytorch
  /// The weights file of a MobileFaceNet, which adds photo2cartoon's face identity loss; nil for none.
  public var face: URL?
  /// The decay of the exponential moving average of the generators' weights, such as 0.999; the default is 0,
  /// no average.
  public var ema = 0.0
  /// The DiffAugment transformations, in the order of the cases; the default is none.
  public var diffaugment: [DiffAugment] = []
  /// The weight of the R1 gradient penalty of the discriminators; the default is 0, no penalty.
  public var r1 = 0.0
  /// The number of steps between two gradient penalties; each penalty is multiplied by this number.
  ///
  /// The default is 16.
  public var r1Every = 16
  /// The mean sign of the discriminators' answers to real images at which `diffaugment` becomes stronger; 0 for full strength always.
  public var augmentTarget = 0.0
  /// The number of earlier translations of each domain from which the discriminators' inputs are drawn; 0 for none.
  public var pool = 0
  /// The seed of all random numbers; the default is 0.
  public var seed = 0
  /// The folder of a run or a weights file from which a new run starts; nil for random weights.
  public var from: URL?
  /// The number of steps in which the learning rate rises linearly from 0; the default is 0.
  public var warmup = 0
  /// The number of steps between sample sheets; the default is 1000.
  public var sampleEvery = 1000
  /// The number of steps between checkpoints; the default is 1000.
  public var saveEvery = 1000
  /// The number of checkpoints that are kept besides the best; the default is 3.
  public var keep = 3
  /// The features of the distance that chooses the best checkpoint: `auto`, `none`, `inception=FILE` or
  /// `efficientnet-lite0=FILE`; the default is `auto`, KID-lite if its network is installed.
  public var features = "auto"
  /// The device: `auto`, `cpu`, `cuda` or `cuda:1`; the default is `auto`.
  public var device = "auto"
  /// The precision of convolutions: `auto`, `fp32`, `tf32`, `bf16` or `fp16`; the default is `auto`.
  public var precision = "auto"
  /// Whether a GPU must compute the same bits in every run, which is slower; the default is false.
  public var deterministic = false
  /// The number format in which several processes exchange gradients; the default is `fp32`.
  public var exchange = Exchange.float32
  /// The folder of the run; nil for `<output>/run`.
  public var run: URL?

  /// The defaults.
  public init() {}
}
