package import Tensors

/// How a training step is computed: its precision, and whether it is repeated as a CUDA graph.
package struct StepMode: Sendable, Equatable {
  /// The number format of convolutions.
  package var precision: Precision
  /// Whether the step is a CUDA graph; without effect on the CPU.
  package var usesGraph: Bool

  /// A mode of computation.
  package init(_ precision: Precision = .float32, usesGraph: Bool = false) {
    (self.precision, self.usesGraph) = (precision, usesGraph)
  }

  /// A step for `networks` with the published settings.
  ///
  /// - Throws: `TensorError`.
  package func makeStep(_ networks: NetworkSet) throws -> TrainingStep {
    var settings = StepSettings(for: networks.architecture.model)
    settings.precision = precision
    let step = try TrainingStep(networks, settings: settings)
    step.usesGraph = usesGraph
    return step
  }

  /// The precisions that `device` computes differently.
  package static func precisions(of device: Device) throws -> [Precision] {
    guard let capability = try device.capability() else { return [.float32, .bfloat16] }
    return capability.major >= 8
      ? Precision.allCases : capability.major == 7 ? [.float32, .float16] : [.float32]
  }
}
