import Tensors

/// Instance normalisation without learned parameters (torch.nn.InstanceNorm2d), followed by ReLU if `rectified`.
///
/// Instance Normalization, https://arxiv.org/abs/1607.08022.
///
/// The result has `border` mirrored pixels on every side.
func instanceNorm(_ images: Tensor, rectified: Bool = true, border: Int = 0) throws -> Tensor {
  try images.mixedNorm(nil, rectified: rectified, border: border)
}

/// Adaptive layer-instance normalisation (AdaLIN): rho is a parameter, gamma and beta are inputs.
final class AdaLIN: Module {
  let rho: Tensor
  private let compatibility: Architecture.Compatibility

  init(_ channels: Int, _ compatibility: Architecture.Compatibility, from initializer: Initializer) throws {
    rho = try initializer.constant(compatibility == .tensorflow ? 1 : 0.9, [1, channels, 1, 1])
    self.compatibility = compatibility
  }

  var ownParameters: [(name: String, tensor: Tensor)] { [("rho", rho)] }

  /// The weight of the instance's statistics, (1, C, 1, 1) in 0...1: rho, or rho - 0.1 as in the TensorFlow program.
  func share() throws -> Tensor {
    compatibility == .tensorflow ? try (rho - 0.1).clamp(to: 0...1) : rho
  }

  /// `gamma` and `beta` are (N, C); `addend` and `border` are those of `mixedNorm`.
  func callAsFunction(
    _ images: Tensor, gamma: Tensor, beta: Tensor, rectified: Bool = false, adding addend: Tensor? = nil,
    border: Int = 0
  ) throws -> Tensor {
    let shape = [images.shape[0], images.shape[1], 1, 1]
    return try images.mixedNorm(
      (share(), gamma.widened().reshape(shape), beta.widened().reshape(shape)),
      unbiased: compatibility == .pytorch, rectified: rectified, adding: addend, border: border)
  }
}

/// The decoder's layer-instance normalisation (LIN), with learned gamma and beta, followed by ReLU.
final class ILN: Module {
  let rho: Tensor
  let gamma: Tensor
  let beta: Tensor
  private let unbiased: Bool

  init(_ channels: Int, _ compatibility: Architecture.Compatibility, from initializer: Initializer) throws {
    rho = try initializer.constant(0, [1, channels, 1, 1])
    gamma = try initializer.constant(1, [1, channels, 1, 1])
    beta = try initializer.constant(0, [1, channels, 1, 1])
    unbiased = compatibility == .pytorch
  }

  var ownParameters: [(name: String, tensor: Tensor)] { [("rho", rho), ("gamma", gamma), ("beta", beta)] }

  func callAsFunction(_ images: Tensor, border: Int = 0) throws -> Tensor {
    try images.mixedNorm((rho, gamma, beta), unbiased: unbiased, rectified: true, border: border)
  }
}

/// AdaLIN whose gamma and beta are mixed from the image's style and from its features at the same depth of the encoder.
///
/// Source: minivision-ai/photo2cartoon, models/networks.py. The mixing weights start at 0, which is the style alone.
final class SoftAdaLIN: Module {
  private let norm: AdaLIN
  let gammaWeight: Tensor
  let betaWeight: Tensor
  private let contentGamma: (Linear, Linear)
  private let contentBeta: (Linear, Linear)
  private let styleGamma: Linear
  private let styleBeta: Linear

  init(_ channels: Int, _ compatibility: Architecture.Compatibility, from initializer: Initializer) throws {
    func linear() throws -> Linear { try Linear(channels, channels, from: initializer) }
    norm = try AdaLIN(channels, compatibility, from: initializer)
    gammaWeight = try initializer.constant(0, [1, channels])
    betaWeight = try initializer.constant(0, [1, channels])
    contentGamma = (try linear(), try linear())
    contentBeta = (try linear(), try linear())
    (styleGamma, styleBeta) = (try linear(), try linear())
  }

  var ownParameters: [(name: String, tensor: Tensor)] { [("w_gamma", gammaWeight), ("w_beta", betaWeight)] }

  var children: [(name: String, module: any Module)] {
    [
      ("norm", norm), ("c_gamma.0", contentGamma.0), ("c_gamma.2", contentGamma.1),
      ("c_beta.0", contentBeta.0), ("c_beta.2", contentBeta.1), ("s_gamma", styleGamma),
      ("s_beta", styleBeta),
    ]
  }

  /// `content` and `style` are (N, C); `addend` and `border` are those of `mixedNorm`.
  func callAsFunction(
    _ images: Tensor, content: Tensor, style: Tensor, rectified: Bool = false, adding addend: Tensor? = nil,
    border: Int = 0
  ) throws -> Tensor {
    let gamma = try mix(gammaWeight, styleGamma(style), contentGamma.1(contentGamma.0(content).relu()))
    let beta = try mix(betaWeight, styleBeta(style), contentBeta.1(contentBeta.0(content).relu()))
    return try norm(images, gamma: gamma, beta: beta, rectified: rectified, adding: addend, border: border)
  }

  private func mix(_ weight: Tensor, _ style: Tensor, _ content: Tensor) throws -> Tensor {
    try (1 - weight) * style + weight * content
  }
}
