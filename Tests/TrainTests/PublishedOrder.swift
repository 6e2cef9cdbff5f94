import Tensors

@testable import Train

/// A direct implementation of the published programs' arithmetic and order of computation.
///
/// It has all published formulas, one forward pass for each use, fakes that are not detached, and all gradients. The training
/// step must compute the same with less work.
///
/// Source: znxlwm/UGATIT-pytorch, networks.py and UGATIT.py; minivision-ai/photo2cartoon, models/networks.py.
struct PublishedOrder {
  /// A network's tensors by published key.
  struct Weights {
    let tensors: [String: Tensor]

    init(_ module: any Module, in dtype: DType) throws {
      tensors = try Dictionary(uniqueKeysWithValues: module.state.map { ($0.key, try $0.tensor.to(dtype)) })
    }

    subscript(_ key: String) -> Tensor {
      guard let tensor = tensors[key] else { preconditionFailure("no \(key)") }
      return tensor
    }
  }

  typealias Result = (out: Tensor, logits: Tensor)

  // MARK: Normalisation

  static func mixed(_ x: Tensor, _ rho: Tensor, _ gamma: Tensor, _ beta: Tensor) throws -> Tensor {
    let (instanceVariance, instanceMean) = try x.varianceAndMean([2, 3], unbiased: true, keep: true)
    let (layerVariance, layerMean) = try x.varianceAndMean([1, 2, 3], unbiased: true, keep: true)
    let instance = try (x - instanceMean) / (instanceVariance + 1e-5).squareRoot()
    let layer = try (x - layerMean) / (layerVariance + 1e-5).squareRoot()
    let out = try rho * instance + (1 - rho) * layer
    return try out * gamma + beta
  }

  static func adaLIN(_ x: Tensor, _ rho: Tensor, _ gamma: Tensor, _ beta: Tensor) throws -> Tensor {
    let shape = [x.shape[0], x.shape[1], 1, 1]
    return try mixed(x, rho, gamma.reshape(shape), beta.reshape(shape))
  }

  static func residual(_ x: Tensor, _ w: Weights, _ key: String) throws -> Tensor {
    let hidden = try x.reflectionPad(1).conv2d(w["\(key).1.weight"]).instanceNorm().relu()
    return try x + hidden.reflectionPad(1).conv2d(w["\(key).5.weight"]).instanceNorm()
  }

  static func up(_ x: Tensor, _ w: Weights, _ convolution: String, _ norm: String) throws -> Tensor {
    let y = try x.upsampleNearest(2).reflectionPad(1).conv2d(w["\(convolution).weight"])
    return try mixed(y, w["\(norm).rho"], w["\(norm).gamma"], w["\(norm).beta"]).relu()
  }

  static func linear(_ x: Tensor, _ w: Weights, _ key: String) throws -> Tensor {
    try x.linear(w["\(key).weight"], bias: w.tensors["\(key).bias"])
  }

  static func attend(_ x: Tensor, _ w: Weights) throws -> Result {
    let flat = [x.shape[0], x.shape[1]]
    let gap = try linear(x.globalAveragePool().reshape(flat), w, "gap_fc")
    let gmp = try linear(x.globalMaxPool().reshape(flat), w, "gmp_fc")
    let both = try Tensor.cat(
      [
        x * w["gap_fc.weight"].reshape([1, -1, 1, 1]), x * w["gmp_fc.weight"].reshape([1, -1, 1, 1]),
      ], axis: 1)
    let map = try both.conv2d(w["conv1x1.weight"], bias: w["conv1x1.bias"]).relu()
    return (map, try Tensor.cat([gap, gmp], axis: 1))
  }

  static func style(_ x: Tensor, _ w: Weights, light: Bool) throws -> Tensor {
    let flat = try (light ? x.globalAveragePool() : x).reshape([x.shape[0], -1])
    return try linear(linear(flat, w, "FC.0").relu(), w, "FC.2").relu()
  }

  // MARK: Generators

  static func ugatit(_ images: Tensor, _ w: Weights, light: Bool) throws -> Result {
    var x = try images.reflectionPad(3).conv2d(w["DownBlock.1.weight"]).instanceNorm().relu()
    for index in [5, 9] {
      x = try x.reflectionPad(1).conv2d(w["DownBlock.\(index).weight"], stride: 2).instanceNorm().relu()
    }
    for index in 12...15 { x = try residual(x, w, "DownBlock.\(index).conv_block") }
    let (map, logits) = try attend(x, w)
    let features = try style(map, w, light: light)
    let (gamma, beta) = try (linear(features, w, "gamma"), linear(features, w, "beta"))
    x = map
    for index in 1...4 {
      let key = "UpBlock1_\(index)"
      var y = try x.reflectionPad(1).conv2d(w["\(key).conv1.weight"])
      y = try adaLIN(y, w["\(key).norm1.rho"], gamma, beta).relu()
      y = try y.reflectionPad(1).conv2d(w["\(key).conv2.weight"])
      x = try adaLIN(y, w["\(key).norm2.rho"], gamma, beta) + x
    }
    x = try up(x, w, "UpBlock2.2", "UpBlock2.3")
    x = try up(x, w, "UpBlock2.7", "UpBlock2.8")
    return (try x.reflectionPad(3).conv2d(w["UpBlock2.11.weight"]).tanh(), logits)
  }

  static func convBlock(_ x: Tensor, _ w: Weights, _ key: String) throws -> Tensor {
    var parts: [Tensor] = []
    for index in 1...3 {
      parts.append(
        try (parts.last ?? x).instanceNorm().relu().reflectionPad(1).conv2d(
          w["\(key).ConvBlock\(index).3.weight"]))
    }
    return try Tensor.cat(parts, axis: 1) + x
  }

  static func hourglass(_ x: Tensor, _ w: Weights, _ key: String) throws -> Tensor {
    var map = x
    var skips: [Tensor] = []
    for level in 1...4 {
      skips.append(try convBlock(map, w, "\(key).HG.0.ConvBlock\(level)_1"))
      map = try convBlock(map.averagePool(2), w, "\(key).HG.0.ConvBlock\(level)_2")
    }
    map = try convBlock(map, w, "\(key).HG.0.ConvBlock5")
    for level in 6...9 {
      map = try skips.removeLast() + convBlock(map, w, "\(key).HG.0.ConvBlock\(level)").upsampleNearest(2)
    }
    map = try convBlock(map, w, "\(key).HG.1").conv2d(w["\(key).HG.2.weight"]).instanceNorm().relu()
    func project(_ x: Tensor, _ name: String) throws -> Tensor {
      try x.conv2d(w["\(key).\(name).weight"], bias: w["\(key).\(name).bias"])
    }
    let painted = try project(map, "Conv1")
    return w.tensors["\(key).Conv2.weight"] == nil
      ? painted : try x + project(map, "Conv2") + project(painted, "Conv3")
  }

  static func photo2cartoon(_ images: Tensor, _ w: Weights, light: Bool) throws -> Result {
    var x = try images.reflectionPad(3).conv2d(w["ConvBlock1.1.weight"]).instanceNorm().relu()
    x = try hourglass(hourglass(x, w, "HourGlass1"), w, "HourGlass2")
    for index in 1...2 {
      x = try x.reflectionPad(1).conv2d(w["DownBlock\(index).1.weight"], stride: 2).instanceNorm().relu()
    }
    var contents: [Tensor] = []
    for index in 1...4 {
      x = try residual(x, w, "EncodeBlock\(index).conv_block")
      contents.append(try x.globalAveragePool().reshape([x.shape[0], -1]))
    }
    let (map, logits) = try attend(x, w)
    let features = try style(map, w, light: light)
    func norm(_ x: Tensor, _ content: Tensor, _ key: String) throws -> Tensor {
      func mix(_ name: String) throws -> Tensor {
        let own = try linear(linear(content, w, "\(key).c_\(name).0").relu(), w, "\(key).c_\(name).2")
        let weight = w["\(key).w_\(name)"]
        return try (1 - weight) * linear(features, w, "\(key).s_\(name)") + weight * own
      }
      return try adaLIN(x, w["\(key).norm.rho"], mix("gamma"), mix("beta"))
    }
    x = map
    for index in 1...4 {
      let (key, content) = ("DecodeBlock\(index)", contents[4 - index])
      var y = try norm(x.reflectionPad(1).conv2d(w["\(key).conv1.weight"]), content, "\(key).norm1").relu()
      y = try norm(y.reflectionPad(1).conv2d(w["\(key).conv2.weight"]), content, "\(key).norm2")
      x = try y + x
    }
    x = try up(x, w, "UpBlock1.2", "UpBlock1.3")
    x = try up(x, w, "UpBlock2.2", "UpBlock2.3")
    x = try hourglass(hourglass(x, w, "HourGlass3"), w, "HourGlass4")
    return (try x.reflectionPad(3).conv2d(w["ConvBlock2.1.weight"]).tanh(), logits)
  }

  // MARK: Discriminator

  /// The weight divided by its singular value, after one power iteration.
  static func divided(_ w: Weights, _ key: String) throws -> Tensor {
    let weight = w["\(key).weight_orig"]
    let (u, v) = (w["\(key).weight_u"], w["\(key).weight_v"])
    let matrix = try weight.reshape([weight.shape[0], -1])
    try withoutGradient {
      try v.copy(from: matrix.permute([1, 0]).matmul(u).normalized(axis: 0))
      try u.copy(from: matrix.matmul(v).normalized(axis: 0))
    }
    return try weight / (u.clone() * matrix.matmul(v.clone())).sum()
  }

  static func discriminate(_ images: Tensor, _ w: Weights) throws -> Result {
    var x = images
    let layers = w.tensors.keys.filter { $0.hasPrefix("model.") && $0.hasSuffix(".bias") }.count
    for level in 0..<layers {
      let key = "model.\(3 * level + 1)"
      x = try x.reflectionPad(1).conv2d(
        divided(w, key), bias: w["\(key).bias"], stride: level < layers - 1 ? 2 : 1
      ).leakyReLU(0.2)
    }
    let flat = [x.shape[0], x.shape[1]]
    let gap = try x.globalAveragePool().reshape(flat).linear(divided(w, "gap_fc"))
    let gmp = try x.globalMaxPool().reshape(flat).linear(divided(w, "gmp_fc"))
    let both = try Tensor.cat(
      [
        x * w["gap_fc.weight_orig"].reshape([1, -1, 1, 1]),
        x * w["gmp_fc.weight_orig"].reshape([1, -1, 1, 1]),
      ], axis: 1)
    x = try both.conv2d(w["conv1x1.weight"], bias: w["conv1x1.bias"]).leakyReLU(0.2)
    let out = try x.reflectionPad(1).conv2d(divided(w, "conv"))
    return (out, try Tensor.cat([gap, gmp], axis: 1))
  }

  // MARK: The step

  let networks: NetworkSet
  let weights: LossWeights
  let generatorAdam: Adam
  let discriminatorAdam: Adam

  init(_ networks: NetworkSet, weights: LossWeights) throws {
    self.networks = networks
    self.weights = weights
    generatorAdam = try Adam(networks.generatorParameters)
    discriminatorAdam = try Adam(networks.discriminatorParameters)
  }

  private func generate(_ images: Tensor, _ generator: any ImageGenerator) throws -> Result {
    let light = networks.architecture.model.isLight
    return networks.architecture.model.isPhoto2cartoon
      ? try PublishedOrder.photo2cartoon(images, Weights(generator, in: images.dtype), light: light)
      : try PublishedOrder.ugatit(images, Weights(generator, in: images.dtype), light: light)
  }

  private func discriminate(_ images: Tensor, _ discriminator: Discriminator) throws -> Result {
    let weights = try Weights(discriminator, in: images.dtype)
    defer {
      for entry in discriminator.state where !entry.isParameter {
        try? entry.tensor.copy(from: weights[entry.key])
      }
    }
    return try PublishedOrder.discriminate(images, weights)
  }

  /// One step in the published order; returns D_total and G_total.
  func callAsFunction(_ pair: ImagePair, rate: Double) throws -> (discriminators: Double, generators: Double)
  {
    let (realA, realB) = (pair.realA, pair.realB)
    for (_, module) in networks.named { try module.clearGradients() }
    var fakeA = try generate(realB, networks.genB2A)
    var fakeB = try generate(realA, networks.genA2B)
    var lossTerms: [Tensor] = []
    for (discriminator, image, label) in [
      (networks.disGA, realA, 1.0), (networks.disLA, realA, 1), (networks.disGB, realB, 1),
      (networks.disLB, realB, 1),
      (networks.disGA, fakeA.out, 0), (networks.disLA, fakeA.out, 0), (networks.disGB, fakeB.out, 0),
      (networks.disLB, fakeB.out, 0),
    ] {
      let output = try discriminate(image, discriminator)
      lossTerms.append(try output.out.meanSquaredError(label) + output.logits.meanSquaredError(label))
    }
    let discriminatorLoss = try sum(lossTerms) * weights.adversarial
    try discriminatorLoss.backward()
    try discriminatorAdam.step(rate: rate)

    for (_, module) in networks.named.prefix(2) { try module.clearGradients() }
    fakeA = try generate(realB, networks.genB2A)
    fakeB = try generate(realA, networks.genA2B)
    let backA = try generate(fakeB.out, networks.genB2A)
    let backB = try generate(fakeA.out, networks.genA2B)
    let sameA = try generate(realA, networks.genB2A)
    let sameB = try generate(realB, networks.genA2B)
    var terms: [Tensor] = []
    for (discriminator, fake) in [
      (networks.disGA, fakeA), (networks.disLA, fakeA), (networks.disGB, fakeB), (networks.disLB, fakeB),
    ] {
      let output = try discriminate(fake.out, discriminator)
      terms.append(
        try (output.out.meanSquaredError(1) + output.logits.meanSquaredError(1)) * weights.adversarial)
    }
    for (back, same, fake, real) in [(backA, sameA, fakeA, realA), (backB, sameB, fakeB, realB)] {
      terms.append(try back.out.meanAbsoluteError(real) * weights.cycle)
      terms.append(try same.out.meanAbsoluteError(real) * weights.identity)
      terms.append(
        try (fake.logits.binaryCrossEntropy(label: 1) + same.logits.binaryCrossEntropy(label: 0))
          * weights.cam)
    }
    let generatorLoss = try sum(terms)
    try generatorLoss.backward()
    try generatorAdam.step(rate: rate)
    try networks.genA2B.clip(rho: 1, weight: 1)
    try networks.genB2A.clip(rho: 1, weight: 1)
    return (try discriminatorLoss.item(), try generatorLoss.item())
  }

  private func sum(_ terms: [Tensor]) throws -> Tensor {
    try terms.dropFirst().reduce(terms[0]) { try $0 + $1 }
  }
}
