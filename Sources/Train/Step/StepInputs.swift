import Dataset
import Foundation
import Tensors

/// What a step needs from outside: the images, and the numbers that change from step to step.
///
/// Both are on the device, so that a recorded step can be repeated with other values in the same memory.
struct StepInputs {
  /// The two updates of a step.
  enum Update: Int, CaseIterable {
    case discriminators, generators
  }

  /// One for each domain and update.
  private static let augmentationsOfPair = Domain.allCases.count * Update.allCases.count

  /// The numbers before those of augmentations: the rate, the weight and the stop.
  private static let leading = 3

  /// The images, at least one pair.
  private(set) var pairs: [ImagePair]
  /// The learning rate, a tensor of one element.
  let rate: Tensor
  /// The weight of the new weights in the moving average of the generators, a tensor of one element.
  let averageWeight: Tensor
  /// 1 if this process wants to stop after the step, else 0, a tensor of one element.
  let stop: Tensor
  /// The augmentations of each pair; empty if there are none.
  private let augmentations: [[DiffAugment]]
  /// All numbers in one tensor, of which the others are parts.
  private let numbers: Tensor

  /// The inputs of one step: `draws` are the augmentations' random choices, by pair, domain and update.
  init(
    _ pairs: [ImagePair], rate: Double, averageWeight: Double, stops: Bool = false,
    parts: [TrainSettings.DiffAugment] = [],
    draws: (Int, Domain, Update) -> [DiffAugment.Draw] = { _, _, _ in [] }
  ) throws {
    let images = pairs[0].realA
    var values = [rate, averageWeight, stops ? 1 : 0]
    var all: [[DiffAugment.Draw]] = []
    if !parts.isEmpty {
      for index in pairs.indices {
        for domain in Domain.allCases {
          for update in Update.allCases { all.append(draws(index, domain, update)) }
        }
      }
      values += all.flatMap { $0 }.flatMap(\.numbers)
    }
    // A GPU's Adam wants its rate in float32; elsewhere nothing is rounded.
    let numbers = try Tensor(
      values.withUnsafeBytes { Data($0) }, dtype: .float64, shape: [values.count]
    ).to(images.device == .cpu ? .float64 : .float32, device: images.device)
    try self.init(pairs, numbers, parts: parts, side: images.shape[2])
  }

  /// The same inputs with images in memory of their own, so that overwriting them does not change the caller's.
  func withOwnImages() throws -> StepInputs {
    var own = self
    own.pairs = try pairs.map { ImagePair(realA: try $0.realA.clone(), realB: try $0.realB.clone()) }
    return own
  }

  /// Overwrites images and numbers with those of `other`, which has the same shapes.
  func overwrite(with other: StepInputs) throws {
    for (own, new) in zip(pairs, other.pairs) {
      try own.realA.copy(from: new.realA)
      try own.realB.copy(from: new.realB)
    }
    try numbers.copy(from: other.numbers)
  }

  /// Whether `other` has images of the same number, size and type.
  func hasShape(of other: StepInputs) -> Bool {
    pairs.count == other.pairs.count
      && zip(pairs, other.pairs).allSatisfy {
        $0.realA.shape == $1.realA.shape && $0.realA.dtype == $1.realA.dtype
      }
  }

  private init(
    _ pairs: [ImagePair], _ numbers: Tensor, parts: [TrainSettings.DiffAugment], side: Int
  ) throws {
    self.pairs = pairs
    self.numbers = numbers
    rate = try numbers.narrow(axis: 0, 0..<1)
    averageWeight = try numbers.narrow(axis: 0, 1..<2)
    stop = try numbers.narrow(axis: 0, 2..<Self.leading)
    guard !parts.isEmpty else {
      augmentations = []
      return
    }
    let positions = try Tensor((0..<side).map { Float($0) }).to(device: numbers.device)
    let batch = pairs[0].realA.shape[0]
    let size = batch * DiffAugment.Number.allCases.count
    augmentations = try pairs.indices.map { pair in
      try (0..<Self.augmentationsOfPair).map { index in
        let start = Self.leading + (Self.augmentationsOfPair * pair + index) * size
        return DiffAugment(
          parts,
          try numbers.narrow(axis: 0, start..<start + size).reshape([
            batch, DiffAugment.Number.allCases.count,
          ]),
          positions: positions)
      }
    }
  }

  /// The augmentation of one update of a pair's images of `domain`: the same for real and translated images.
  func augmentation(_ pair: Int, _ domain: Domain, _ update: Update) -> DiffAugment? {
    augmentations.isEmpty
      ? nil : augmentations[pair][(domain == .a ? 0 : Update.allCases.count) + update.rawValue]
  }
}
