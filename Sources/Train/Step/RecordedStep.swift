import Tensors

/// Repeats a step on a GPU as one CUDA graph.
///
/// The first two steps run operation by operation, so that libraries choose their algorithms; the second is followed by the
/// recording, on the same thread, because some of these choices belong to a thread.
final class RecordedStep {
  private let graph: CUDAGraph
  /// The memory of the inputs, which each step overwrites.
  private var inputs: StepInputs?
  private var outputs: StepOutputs?
  private var isWarm = false

  /// A step that is not yet recorded.
  init(device: Device) throws { graph = try CUDAGraph(device: device) }

  /// Runs `step` with `given`: as it is at first, then from the recording.
  ///
  /// - Returns: The outputs; those of a recorded step are overwritten by the next one.
  func callAsFunction(
    _ given: StepInputs, _ step: (StepInputs) throws -> StepOutputs
  ) throws -> StepOutputs {
    let inputs = try self.inputs ?? given.withOwnImages()
    // The recorded operations have fixed shapes.
    guard given.hasShape(of: inputs) else { return try step(given) }
    if self.inputs != nil { try inputs.overwrite(with: given) }
    self.inputs = inputs
    if let outputs {
      try graph.replay()
      return outputs
    }
    let first = try graph.warmUp { try step(inputs) }
    if isWarm { outputs = try graph.record { try step(inputs) } }
    isWarm = true
    return first
  }
}
