import Foundation
public import MaskModel

/// How a mask network is trained.
public struct MaskTrainSettings: Sendable, Equatable, Codable {
  /// The network's shape.
  public var architecture = MaskArchitecture()
  /// Which parts of the data are used for training and evaluation.
  public var selection = MaskLibrary.Selection()
  /// The number of composites in a step.
  public var batch = 16
  /// The number of steps.
  public var steps = 12_000
  /// The highest learning rate; it rises over the first steps and falls to zero along a cosine.
  public var learningRate = 2e-3
  /// The weight decay (AdamW, https://arxiv.org/abs/1711.05101).
  public var weightDecay = 1e-2
  /// The decay of the average of the weights, which is evaluated and exported.
  public var average = 0.998
  /// The seed of weights and composites.
  public var seed: UInt64 = 1
  /// Whether convolutions compute in bfloat16.
  public var bfloat16 = true
  /// Steps between measurements, each of which saves a checkpoint.
  public var saveEvery = 500
  /// Steps between sample sheets.
  public var sampleEvery = 1000
  /// The number of composites of each evaluated group.
  public var validationCount = 96

  /// The settings of the built-in network, except the selection.
  public init() {}

  /// The learning rate of step `number` (from 1).
  func rate(_ number: Int) -> Double {
    let warm = min(200, max(1, steps / 10))
    if number <= warm { return learningRate * Double(number) / Double(warm) }
    let progress = Double(number - warm) / Double(max(1, steps - warm))
    return learningRate * 0.5 * (1 + cos(min(1, progress) * .pi))
  }
}
