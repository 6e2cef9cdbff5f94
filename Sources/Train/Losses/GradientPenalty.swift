import Tensors

/// The R1 penalty: how steeply a discriminator's verdict falls off around real pictures, (N, 3, side, side).
///
/// The mean over the batch of the squared length of the verdict's gradient, where the verdict is the mean over the patches
/// plus the mean of the class activation's logits. The weights are divided by the singular values of the last power
/// iteration; none is made here, so that the published order of iterations stays.
///
/// Which Training Methods for GANs do actually Converge?, https://arxiv.org/abs/1801.04406, section 4.1; taken only every
/// few steps as in https://arxiv.org/abs/1912.04958, appendix B.
func gradientPenalty(_ discriminator: Discriminator, at real: Tensor) throws -> Tensor {
  let wasTraining = discriminator.isTraining
  discriminator.isTraining = false
  defer { discriminator.isTraining = wasTraining }
  let pictures = try real.detach()
  try pictures.setRequiresGrad(true)
  // A second derivative needs its digits: never in bfloat16.
  let verdict = try discriminator(pictures, precision: real.dtype)
  let score = try verdict.logits.mean([1, 2, 3]) + verdict.attention.logits.mean([1])
  guard let gradient = try score.sum().gradients(of: [pictures], createGraph: true)[0] else {
    preconditionFailure("a verdict depends on the pictures")
  }
  return try gradient.square().sum([1, 2, 3]).mean()
}
