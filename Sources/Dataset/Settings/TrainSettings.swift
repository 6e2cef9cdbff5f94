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
  /// The seed of everything that is drawn by chance; the default is 0.
  public var seed = 0
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
