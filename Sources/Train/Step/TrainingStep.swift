import Dataset
public import Tensors

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
  /// The average of the generators, where one is kept.
  public let average: AveragedGenerators?
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
    average = try settings.averaging > 0 ? AveragedGenerators(of: networks, decay: settings.averaging) : nil
  }

  /// The generators that pictures are judged by: the average where one is kept.
  public var shown: GeneratorPair { average?.generators ?? networks.generators }

  /// Changes all six networks once, by the mean over `pairs`, of which there is one unless gradients accumulate.
  ///
  /// With several pairs the translations are made twice, once for each update, so that memory holds one pair's graph.
  /// The generators' gradients stay until the next step. Where a loss is no number, what it would change is left as it is.
  ///
  /// - Parameters:
  ///   - pairs: The images.
  ///   - rate: The rate of both optimisers.
  ///   - number: The step's place in the run, from 1, which all that is drawn or done now and then depends on.
  /// - Returns: The losses, and the translations by the weights of before.
  /// - Throws: `TensorError`.
  public func callAsFunction(_ pairs: [ImagePair], rate: Double, number: Int = 1) throws -> StepReport {
    precondition(!pairs.isEmpty, "a step needs images")
    let share = 1 / Double(pairs.count)
    var terms = LossTerms()
    try networks.genA2B.clearGradients()
    try networks.genB2A.clearGradients()

    var kept: Translations?
    for (index, pair) in pairs.enumerated() {
      let translations =
        try pairs.count == 1 ? Translations(pair, self) : withoutGradient { try Translations(pair, self) }
      try learnToJudge(pair, translations, share, Place(step: number, pair: index), &terms)
      if index == pairs.count - 1 { kept = translations }
    }
    // Read before the update, so that what was no number first is still told from what it would spread to.
    if try terms.numbers().allSatisfy(\.value.isFinite) {
      if settings.gradientLimit > 0 {
        try discriminatorAdam.parameters.clipGradients(to: settings.gradientLimit)
      }
      try discriminatorAdam.step(rate: rate)
    }
    for discriminator in networks.discriminators { try discriminator.clearGradients() }

    for discriminator in networks.discriminators { try discriminator.setRequiresGrad(false) }
    defer { for discriminator in networks.discriminators { try? discriminator.setRequiresGrad(true) } }
    for (index, pair) in pairs.enumerated() {
      let translations = try pairs.count == 1 ? kept ?? Translations(pair, self) : Translations(pair, self)
      try learnToTranslate(pair, translations, share, Place(step: number, pair: index), &terms)
      kept = translations
    }
    let losses = try terms.numbers(scale: share)
    if losses.allSatisfy(\.value.isFinite) {
      if settings.gradientLimit > 0 {
        try generatorAdam.parameters.clipGradients(to: settings.gradientLimit)
      }
      try generatorAdam.step(rate: rate)
      for generator in [networks.genA2B, networks.genB2A] {
        try generator.clip(rho: settings.rhoLimit, weight: settings.mixingLimit)
      }
      try average?.follow(networks, step: number)
    }
    guard let kept else { preconditionFailure("a step without images") }
    return StepReport(
      losses: losses, fakeA2B: try kept.toB.fake.detach(), fakeB2A: try kept.toA.fake.detach())
  }

  /// Where in a run something is drawn.
  struct Place {
    /// The step, from 1.
    let step: Int
    /// Which of the step's pairs, from 0.
    let pair: Int
  }

  /// Whose turn it is.
  enum Update: UInt64 {
    case discriminators, generators
  }

  /// How pictures that pass for `domain` are varied in one update: real and translated ones alike, for both judges.
  ///
  /// A function of the seed and of where it is asked for, so that a resumed run goes on with the same.
  func variation(_ domain: Domain, _ update: Update, at place: Place, like pictures: Tensor) -> DiffAugment {
    var random = CounterRandom(
      settings.seed, domain == .a ? 0 : 1, 4, UInt64(place.step), UInt64(place.pair), update.rawValue)
    return DiffAugment(
      settings.diffAugment, count: pictures.shape[0], side: pictures.shape[2], &random)
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
    _ pair: ImagePair, _ translations: Translations, _ share: Double, _ place: Place,
    _ terms: inout LossTerms
  ) throws {
    let variationA = variation(.a, .discriminators, at: place, like: pair.realA)
    let variationB = variation(.b, .discriminators, at: place, like: pair.realB)
    let (realA, fakeA) = try (variationA(pair.realA), variationA(translations.toA.fake.detach()))
    let (realB, fakeB) = try (variationB(pair.realB), variationB(translations.toB.fake.detach()))
    let judged: [(String, Discriminator, Tensor, Tensor)] = [
      ("disGA", networks.disGA, realA, fakeA), ("disLA", networks.disLA, realA, fakeA),
      ("disGB", networks.disGB, realB, fakeB), ("disLB", networks.disLB, realB, fakeB),
    ]
    let every = settings.gradientPenaltyEvery
    let isPenalised = settings.gradientPenalty > 0 && place.step % every == 0
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
      if isPenalised {
        let penalty = try gradientPenalty(discriminator, at: real)
        try terms.record("R1_\(name)", penalty)
        try (penalty * (settings.gradientPenalty / 2 * Double(every) * share)).backward()
      }
      total = try total.map { try $0 + loss.detach() } ?? loss.detach()
    }
    if let total { try terms.record("D_total", total) }
  }

  private func learnToTranslate(
    _ pair: ImagePair, _ translations: Translations, _ share: Double, _ place: Place,
    _ terms: inout LossTerms
  ) throws {
    let weights = settings.weights
    let (toA, toB) = (translations.toA, translations.toB)
    let (fakeA, totalA) = try judgeAndReturn(
      toA.fake, judges: [("disGA", networks.disGA), ("disLA", networks.disLA)], back: networks.genA2B,
      original: pair.realB, domain: "B", variation(.a, .generators, at: place, like: toA.fake), share, &terms)
    let (fakeB, totalB) = try judgeAndReturn(
      toB.fake, judges: [("disGB", networks.disGB), ("disLB", networks.disLB)], back: networks.genB2A,
      original: pair.realA, domain: "A", variation(.b, .generators, at: place, like: toB.fake), share, &terms)

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
    domain: String, _ variation: DiffAugment,
    _ share: Double, _ terms: inout LossTerms
  ) throws -> (gradient: Tensor?, total: Tensor) {
    let weights = settings.weights
    let leaf = try fake.detach()
    try leaf.setRequiresGrad(true)
    let returned = try back(leaf, precision: precision).images.meanAbsoluteError(original)
    try terms.record("rec_\(domain)", returned)
    var loss = try returned * weights.cycle
    let judged = try variation(leaf)
    for (name, discriminator) in judges {
      let verdict = try discriminator(judged, precision: precision)
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
