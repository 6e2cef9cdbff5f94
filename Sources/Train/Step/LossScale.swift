import Tensors

/// The factor of the loss in float16, which keeps small gradients from becoming 0.
///
/// The factor is halved if a gradient is not finite, and doubled after 2000 updates without one. All of it stays on the device.
/// Mixed Precision Training, https://arxiv.org/abs/1710.03740; the numbers are those of torch.amp.GradScaler.
final class LossScale {
  /// The factor, a tensor of one element.
  let factor: Tensor
  /// The number of updates since the factor changed.
  private let age: Tensor
  private let period: Double

  /// A factor of `initial`, which is doubled after `period` updates with finite gradients.
  init(_ initial: Double = 65536, period: Double = 2000, device: Device) throws {
    factor = try Tensor(repeating: initial, shape: [1], device: device)
    age = try .zeros([1], device: device)
    self.period = period
  }

  /// Divides the gradients of `parameters` by the factor.
  ///
  /// - Returns: 1 if a gradient is not finite, else 0.
  func unscale(_ parameters: [Tensor]) throws -> Tensor {
    try parameters.scaleGradients(by: factor.power(-1))
    return try parameters.gradientNorm().notFinite()
  }

  /// Adjusts the factor after an update, which was left out if `skipped` is 1.
  func update(skipped: Tensor) throws {
    try withoutGradient {
      let applied = try 1 - skipped
      let older = try (age + 1) * applied
      let grows = try (older - (period - 1)).clamp(to: 0...1)
      try factor.copy(from: factor * (skipped * 0.5 + applied * (grows + 1)))
      try age.copy(from: older * (1 - grows))
    }
  }
}
