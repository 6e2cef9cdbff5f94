public import Tensors

/// The result of one step, on the device.
///
/// On a GPU the next step overwrites the translations, but not the losses.
public struct StepReport {
  /// `real_A` translated to B by the weights before the step, without a graph.
  public let fakeA2B: Tensor
  /// `real_B` translated to A by the weights before the step, without a graph.
  public let fakeB2A: Tensor
  private let names: [String]
  private let values: Tensor

  /// The report of `outputs`, whose losses are copied: the next step may overwrite them.
  init(_ outputs: StepOutputs) throws {
    (fakeA2B, fakeB2A, names) = (outputs.fakeA2B, outputs.fakeB2A, outputs.names)
    values = try outputs.numbers.clone()
  }

  /// Every loss term by its published name, the mean over all processes; reading them waits for the device.
  public var losses: [LossTerm] {
    get throws { zip(names, try values.floats()).map { LossTerm(name: $0, value: Double($1)) } }
  }

  /// Whether one of the processes wants to stop; reading it waits for the device.
  var stops: Bool {
    get throws { (try values.floats().last ?? 0) > 0 }
  }
}

/// The tensors that one step leaves behind.
struct StepOutputs {
  /// The names of the losses.
  let names: [String]
  /// The losses, then a number that is positive if a process wants to stop; float32 (names + 1).
  let numbers: Tensor
  /// `real_A` translated to B, and `real_B` to A, without a graph.
  let fakeA2B, fakeB2A: Tensor
}
