import Tensors

/// How much each term counts in the generators' and discriminators' losses.
public struct LossWeights: Sendable, Equatable, Codable {
  /// Being taken for real, on patches and on class activations.
  public var adversarial = 1.0
  /// Coming back to the input after both translations, mean absolute difference.
  public var cycle = 10.0
  /// Leaving an image of the target domain as it is, mean absolute difference.
  public var identity = 10.0
  /// Telling the domains apart in the generator's class activation, binary cross entropy.
  public var cam = 1000.0
  /// Keeping the face's features, 1 - cosine; counts only where a face network is given.
  public var face = 1.0

  /// The published weights: photo2cartoon has 50 for the cycle, U-GAT-IT 10.
  public init(for model: Architecture.Model = .ugatitLight) {
    cycle = model.isPhoto2cartoon ? 50 : 10
  }
}

/// The rate of both optimisers: constant for the first half of the steps, then falling linearly to zero.
public struct LearningRate: Sendable, Equatable, Codable {
  /// The rate of the first half.
  public var initial = 1e-4
  /// Whether it falls in the second half.
  public var decays = true

  /// Steps in which the rate rises linearly from 0.
  public var warmup = 0

  /// The published rate.
  public init(initial: Double = 1e-4, decays: Bool = true, warmup: Int = 0) {
    (self.initial, self.decays, self.warmup) = (initial, decays, warmup)
  }

  /// The rate of the step counted from 1, of `steps` in all; 0 at the last one, never below.
  ///
  /// Computed from the step alone, so a resumed run has the rate of an unbroken one.
  public func rate(step: Int, of steps: Int) -> Double {
    let initial = step < warmup ? self.initial * Double(step) / Double(warmup) : self.initial
    let half = steps / 2
    guard decays, step > half, half > 0 else { return initial }
    return max(0, initial * (1 - Double(step - half) / Double(half)))
  }
}

/// The loss terms of one step, in the order in which they were computed, read from the device together.
struct LossTerms {
  private var names: [String] = []
  private var values: [Tensor] = []

  /// Remembers `value`, one number, under `name`; a second value of one name is added to the first.
  mutating func record(_ name: String, _ value: Tensor) throws {
    let value = try value.detach().to(.float32).reshape([1])
    if let index = names.firstIndex(of: name) {
      values[index] = try values[index] + value
    } else {
      names.append(name)
      values.append(value)
    }
  }

  /// Every term as a number, each multiplied by `scale`.
  func numbers(scale: Double = 1) throws -> [LossTerm] {
    guard !values.isEmpty else { return [] }
    return zip(names, try (Tensor.cat(values) * scale).floats()).map { LossTerm(name: $0, value: Double($1)) }
  }
}

/// One loss term by its published name.
public struct LossTerm: Sendable, Equatable, Codable {
  /// The name, such as `G_ad_disGA`, `rec_A`, `cam_B` or `D_total`.
  public let name: String
  /// The value before its weight; totals are weighted.
  public let value: Double
}
