import Tensors

/// The loss between a predicted alpha and the true one.
///
/// The sum of cross entropy, absolute error, absolute error of the gradients, and half the soft Dice loss
/// (V-Net, https://arxiv.org/abs/1606.04797).
struct MaskLoss {
  /// The value to minimize.
  let total: Tensor
  /// Its terms, by name.
  let terms: [(name: String, value: Tensor)]

  /// Compares logits (N, 1, H, W) with alpha from 0 to 1 of the same shape; both in float32.
  init(_ logits: Tensor, alpha: Tensor) throws {
    let predicted = try logits.sigmoid()
    let entropy = try (logits.softplus() - logits * alpha).mean()
    let error = try predicted.meanAbsoluteError(alpha)
    let (across, down) = try (Self.slope(predicted, axis: 3), Self.slope(predicted, axis: 2))
    let edges =
      try
      (across.meanAbsoluteError(Self.slope(alpha, axis: 3))
      + down.meanAbsoluteError(Self.slope(alpha, axis: 2)))
    let shared = try (predicted * alpha).sum([1, 2, 3])
    let all = try predicted.square().sum([1, 2, 3]) + alpha.square().sum([1, 2, 3])
    let dice = try (1 - (2 * shared + 1) / (all + 1)).mean()
    total = try entropy + error + 2 * edges + 0.5 * dice
    terms = [("cross_entropy", entropy), ("alpha_error", error), ("gradient_error", edges), ("dice", dice)]
  }

  private static func slope(_ map: Tensor, axis: Int) throws -> Tensor {
    let length = map.shape[axis]
    return try map.narrow(axis: axis, 1..<length) - map.narrow(axis: axis, 0..<length - 1)
  }
}
