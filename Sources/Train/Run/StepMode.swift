package import Tensors

/// How a training step is computed: its precision, and whether it is replayed as a CUDA graph.
package struct StepMode: Sendable, Equatable {
  /// The names of all precisions.
  package static let precisions = ["fp32", "tf32", "bf16", "fp16"]

  /// fp32, tf32, bf16 or fp16.
  package var precision: String
  /// Whether the step is a CUDA graph; without effect on the CPU.
  package var usesGraph: Bool

  /// A mode of computation.
  package init(precision: String = "fp32", usesGraph: Bool = false) {
    (self.precision, self.usesGraph) = (precision, usesGraph)
  }

  /// A step for `networks` with the published settings.
  ///
  /// - Throws: `DeviceCheckError` if the precision is not supported; `TensorError`.
  package func makeStep(_ networks: NetworkSet) throws -> TrainingStep {
    var settings = StepSettings(for: networks.architecture.model)
    guard precision == "fp32" || precision == "bf16" else {
      throw DeviceCheckError("\(precision) is not supported")
    }
    settings.bfloat16 = precision == "bf16"
    return try TrainingStep(networks, settings: settings)
  }

  /// The losses of `report`, read from the device.
  package static func losses(of report: StepReport) throws -> [LossTerm] { report.losses }

  /// The precisions that `device` supports.
  package static func precisions(of device: Device) throws -> [String] {
    guard let card = try device.card() else { return ["fp32", "bf16"] }
    return card.major >= 8 ? precisions : card.major == 7 ? ["fp32", "fp16"] : ["fp32"]
  }
}
