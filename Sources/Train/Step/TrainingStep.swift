public import Tensors

/// What one step is told besides the images.
public struct StepSettings: Sendable, Equatable, Codable {
  /// How much each loss term counts.
  public var weights: LossWeights
  /// What Adam is told besides the rate.
  public var adam = Adam.Settings()
  /// The upper bound of every rho, restored after each step.
  public var rhoLimit = 1.0
  /// The upper bound of every mixing weight of SoftAdaLIN, restored after each step.
  public var mixingLimit = 1.0
  /// Whether convolutions compute in bfloat16; statistics, class activations, losses and spectral vectors stay float32.
  public var bfloat16 = false
  /// The longest gradient of the generators and of the discriminators; 0 leaves them as they are.
  public var gradientLimit = 0.0

  /// The published settings.
  public init(for model: Architecture.Model = .ugatitLight) { weights = LossWeights(for: model) }
}

/// One pair of batches, (N, 3, side, side) in -1...1, one of each domain.
public struct ImagePair {
  /// Images of domain A.
  public let realA: Tensor
  /// Images of domain B, as many as of A.
  public let realB: Tensor

  /// A pair of batches of equal size.
  public init(realA: Tensor, realB: Tensor) {
    precondition(realA.shape == realB.shape, "\(realA.shape) of A and \(realB.shape) of B")
    self.realA = realA
    self.realB = realB
  }
}

/// What a step has done.
public struct StepReport {
  /// Every loss term by its published name.
  public let losses: [LossTerm]
  /// A translated to B by the weights before the step, without a graph.
  public let fakeA2B: Tensor
  /// B translated to A by the weights before the step, without a graph.
  public let fakeB2A: Tensor
}

/// The published training step without its wasted work: discriminators first, then generators.
///
/// The generators do not change while the discriminators learn, so one translation serves both. Normalisation is per
/// image, so a translation and an identity go through a generator as one batch, and real and translated images through
/// a discriminator, each with its own power iteration. A cycle ends at the translation, where its gradient waits until
/// all terms have arrived: its graph is gone before the next one is built.
///
/// Source: znxlwm/UGATIT-pytorch, UGATIT.py, train; https://arxiv.org/abs/1907.10830.
public final class TrainingStep {
  /// What is trained.
  public let networks: NetworkSet
  /// The settings in force.
  public let settings: StepSettings
  /// Changes both generators.
  public let generatorAdam: Adam
  /// Changes the four discriminators.
  public let discriminatorAdam: Adam
  private let face: FaceIdentity?
  /// What convolutions compute in.
  package var precision: DType

  /// A step over `networks`; `face` adds the face identity loss.
  public init(_ networks: NetworkSet, settings: StepSettings, face: FaceIdentity? = nil) throws {
    self.networks = networks
    self.settings = settings
    self.face = face
    precision = settings.bfloat16 ? .bfloat16 : .float32
    generatorAdam = try Adam(networks.generatorParameters, settings: settings.adam)
    discriminatorAdam = try Adam(networks.discriminatorParameters, settings: settings.adam)
  }

  /// Changes all six networks once, by the mean over `pairs`, of which there is one unless gradients accumulate.
  ///
  /// With several pairs the translations are made twice, once for each update, so that memory holds one pair's graph.
  /// The generators' gradients stay until the next step.
  public func callAsFunction(_ pairs: [ImagePair], rate: Double) throws -> StepReport {
    precondition(!pairs.isEmpty, "a step needs images")
    let share = 1 / Double(pairs.count)
    var terms = LossTerms()
    try networks.genA2B.clearGradients()
    try networks.genB2A.clearGradients()

    var kept: Translations?
    for (index, pair) in pairs.enumerated() {
      let translations =
        try pairs.count == 1 ? Translations(pair, self) : withoutGradient { try Translations(pair, self) }
      try learnToJudge(pair, translations, share, &terms)
      if index == pairs.count - 1 { kept = translations }
    }
    if settings.gradientLimit > 0 {
      try discriminatorAdam.parameters.clipGradients(to: settings.gradientLimit)
    }
    try discriminatorAdam.step(rate: rate)
    for discriminator in networks.discriminators { try discriminator.clearGradients() }

    for discriminator in networks.discriminators { try discriminator.setRequiresGrad(false) }
    defer { for discriminator in networks.discriminators { try? discriminator.setRequiresGrad(true) } }
    for pair in pairs {
      let translations = try pairs.count == 1 ? kept ?? Translations(pair, self) : Translations(pair, self)
      try learnToTranslate(pair, translations, share, &terms)
      kept = translations
    }
    if settings.gradientLimit > 0 { try generatorAdam.parameters.clipGradients(to: settings.gradientLimit) }
    try generatorAdam.step(rate: rate)
    for generator in [networks.genA2B, networks.genB2A] {
      try generator.clip(rho: settings.rhoLimit, weight: settings.mixingLimit)
    }
    guard let kept else { preconditionFailure("a step without images") }
    return StepReport(
      losses: try terms.numbers(scale: share), fakeA2B: try kept.toB.fake.detach(),
      fakeB2A: try kept.toA.fake.detach())
  }

  /// One generator's work on a pair: the other domain translated, its own left alone, as one batch.
  private struct Direction {
    let fake: Tensor
    let identity: Tensor
    let fakeCAM: Tensor
    let identityCAM: Tensor

    init(_ generator: any ImageGenerator, from source: Tensor, own: Tensor, _ precision: DType) throws {
      let result = try generator(Tensor.cat([source, own]), precision: precision)
      let (images, cam) = try (result.images.chunk(2), result.attention.logits.chunk(2))
      (fake, identity, fakeCAM, identityCAM) = (images[0], images[1], cam[0], cam[1])
    }
  }

  private struct Translations {
    let toB: Direction
    let toA: Direction

    init(_ pair: ImagePair, _ step: TrainingStep) throws {
      let networks = step.networks
      toB = try Direction(networks.genA2B, from: pair.realA, own: pair.realB, step.precision)
      toA = try Direction(networks.genB2A, from: pair.realB, own: pair.realA, step.precision)
    }
  }

  private func learnToJudge(
    _ pair: ImagePair, _ translations: Translations, _ share: Double, _ terms: inout LossTerms
  ) throws {
    let (fakeA, fakeB) = try (translations.toA.fake.detach(), translations.toB.fake.detach())
    let judged: [(String, Discriminator, Tensor, Tensor)] = [
      ("disGA", networks.disGA, pair.realA, fakeA), ("disLA", networks.disLA, pair.realA, fakeA),
      ("disGB", networks.disGB, pair.realB, fakeB), ("disLB", networks.disLB, pair.realB, fakeB),
    ]
    var total: Tensor?
    for (name, discriminator, real, fake) in judged {
      let verdicts = try discriminator([real, fake], precision: precision)
      let patches = try verdicts[0].logits.meanSquaredError(1) + verdicts[1].logits.meanSquaredError(0)
      let cams =
        try verdicts[0].attention.logits.meanSquaredError(1)
        + verdicts[1].attention.logits.meanSquaredError(0)
      try terms.record("D_ad_\(name)", patches)
      try terms.record("D_cam_\(name)", cams)
      let loss = try (patches + cams) * settings.weights.adversarial
      try (loss * share).backward()
      total = try total.map { try $0 + loss.detach() } ?? loss.detach()
    }
    if let total { try terms.record("D_total", total) }
  }

  private func learnToTranslate(
    _ pair: ImagePair, _ translations: Translations, _ share: Double, _ terms: inout LossTerms
  ) throws {
    let weights = settings.weights
    let (toA, toB) = (translations.toA, translations.toB)
    let (fakeA, totalA) = try judgeAndReturn(
      toA.fake, judges: [("disGA", networks.disGA), ("disLA", networks.disLA)], back: networks.genA2B,
      original: pair.realB, domain: "B", share, &terms)
    let (fakeB, totalB) = try judgeAndReturn(
      toB.fake, judges: [("disGB", networks.disGB), ("disLB", networks.disLB)], back: networks.genB2A,
      original: pair.realA, domain: "A", share, &terms)

    var own: [Tensor] = []
    for (name, direction, real) in [("A", toA, pair.realA), ("B", toB, pair.realB)] {
      let identity = try direction.identity.meanAbsoluteError(real)
      let cam =
        try direction.fakeCAM.binaryCrossEntropy(label: 1)
        + direction.identityCAM.binaryCrossEntropy(label: 0)
      try terms.record("idt_\(name)", identity)
      try terms.record("cam_\(name)", cam)
      own.append(try identity * weights.identity + cam * weights.cam)
    }
    let loss = try own[0] + own[1]
    try Tensor.backward([(toA.fake, fakeA), (toB.fake, fakeB), (loss * share, nil)])
    try terms.record("G_total", loss + totalA + totalB)
  }

  /// The terms that look at one translation from behind: what the judges say and what comes back.
  ///
  /// Gives the gradient that arrives at the translation, and the weighted sum of the terms.
  private func judgeAndReturn(
    _ fake: Tensor, judges: [(String, Discriminator)], back: any ImageGenerator, original: Tensor,
    domain: String,
    _ share: Double, _ terms: inout LossTerms
  ) throws -> (gradient: Tensor?, total: Tensor) {
    let weights = settings.weights
    let leaf = try fake.detach()
    try leaf.setRequiresGrad(true)
    let returned = try back(leaf, precision: precision).images.meanAbsoluteError(original)
    try terms.record("rec_\(domain)", returned)
    var loss = try returned * weights.cycle
    for (name, discriminator) in judges {
      let verdict = try discriminator(leaf, precision: precision)
      let patches = try verdict.logits.meanSquaredError(1)
      let cam = try verdict.attention.logits.meanSquaredError(1)
      try terms.record("G_ad_\(name)", patches)
      try terms.record("G_cam_\(name)", cam)
      loss = try loss + (patches + cam) * weights.adversarial
    }
    if let face, weights.face != 0 {
      let distance = try face(original, leaf)
      try terms.record("id_\(domain)", distance)
      loss = try loss + distance * weights.face
    }
    try (loss * share).backward()
    return (try leaf.grad(), try loss.detach())
  }
}
