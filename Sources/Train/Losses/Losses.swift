import Tensors

/// The weights of the loss terms.
///
/// Source: https://arxiv.org/abs/1907.10830, section 2.2, and the trainers' default arguments.
public struct LossWeights: Sendable, Equatable, Codable {
  /// The weight of the adversarial loss: least squares on patch logits and CAM logits.
  public var adversarial = 1.0
  /// The weight of the cycle loss: the mean absolute difference of an image and its translation back.
  public var cycle = 10.0
  /// The weight of the identity loss: the mean absolute difference of an image of the target domain and its output.
  public var identity = 10.0
  /// The weight of the CAM loss: the binary cross entropy of the generator's domain classifier.
  public var cam = 1000.0
  /// The weight of the face identity loss, 1 - cosine; used only if a face network is given.
  public var face = 1.0

  /// The published weights: the cycle loss has 50 in photo2cartoon and 10 in U-GAT-IT.
  public init(for model: Architecture.Model = .ugatitLight) {
    cycle = model.isPhoto2cartoon ? 50 : 10
  }
}

/// The learning rate of both optimisers: constant for the first half of the steps, then decreasing linearly to 0.
public struct LearningRate: Sendable, Equatable, Codable {
  /// The rate of the first half.
  public var initial = 1e-4
  /// Whether the rate decreases in the second half.
  public var decays = true
  /// The number of steps in which the rate rises linearly from 0.
  public var warmup = 0

  /// The published rate.
  public init(initial: Double = 1e-4, decays: Bool = true, warmup: Int = 0) {
    (self.initial, self.decays, self.warmup) = (initial, decays, warmup)
  }

  /// The rate at `step`, counted from 1, of `steps` in total; with decay it is 0 at the last step.
  ///
  /// It depends only on the step, so a resumed run has the same rates as an uninterrupted one.
  public func rate(step: Int, of steps: Int) -> Double {
    let initial = step < warmup ? self.initial * Double(step) / Double(warmup) : self.initial
    let half = steps / 2
    guard decays, step > half, half > 0 else { return initial }
    return max(0, initial * (1 - Double(step - half) / Double(half)))
  }
}

/// The loss terms of one step in the order of computation; they stay on the device.
struct LossTerms {
  private(set) var names: [String] = []
  private var values: [Tensor] = []

  /// Records the scalar `value` under `name`; a second value of the same name is added to the first.
  mutating func record(_ name: String, _ value: Tensor) throws {
    let value = try value.detach().to(.float32).reshape([1])
    if let index = names.firstIndex(of: name) {
      values[index] = try values[index] + value
    } else {
      names.append(name)
      values.append(value)
    }
  }

  /// Every term, each multiplied by `scale`, as one tensor.
  func values(scale: Double = 1) throws -> Tensor { try Tensor.cat(values) * scale }
}

/// A loss term with its published name.
public struct LossTerm: Sendable, Equatable, Codable {
  /// The name, such as `G_ad_disGA`, `rec_A`, `cam_B` or `D_total`.
  public let name: String
  /// The value before its weight; totals are weighted.
  public let value: Double
}
