import Tensors

/// The R1 penalty: the mean squared norm of a discriminator's gradient at real images, (N, 3, side, side).
///
/// The gradient is that of the score, which is the mean of the patch logits plus the mean of the CAM logits. No power
/// iteration is made here, so that their number stays the published one; the last singular values are used.
///
/// Which Training Methods for GANs do actually Converge?, https://arxiv.org/abs/1801.04406, section 4.1; computed only
/// every few steps as in https://arxiv.org/abs/1912.04958, appendix B.
func gradientPenalty(_ discriminator: Discriminator, at real: Tensor) throws -> Tensor {
  let wasTraining = discriminator.isTraining
  discriminator.isTraining = false
  defer { discriminator.isTraining = wasTraining }
  let images = try real.detach()
  try images.setRequiresGrad(true)
  // Not in bfloat16: second derivatives need the precision of float32.
  let output = try discriminator(images, precision: real.dtype)
  let score = try output.logits.mean([1, 2, 3]) + output.attention.logits.mean([1])
  guard let gradient = try score.sum().gradients(of: [images], createGraph: true)[0] else {
    preconditionFailure("the score depends on the images")
  }
  return try gradient.square().sum([1, 2, 3]).mean()
}
