import Dataset
public import Tensors

/// One batch of each domain, both (N, 3, side, side) in -1...1.
public struct ImagePair {
  /// Images of domain A.
  public let realA: Tensor
  /// Images of domain B, as many as of A.
  public let realB: Tensor

  /// Two batches of equal shape.
  public init(realA: Tensor, realB: Tensor) {
    precondition(realA.shape == realB.shape, "\(realA.shape) of A and \(realB.shape) of B")
    self.realA = realA
    self.realB = realB
  }
}

/// The published training step without redundant work: first the discriminators' update, then the generators'.
///
/// - Generators do not change while discriminators are updated, so the same translations serve both updates.
/// - Normalisation is per image, so translation and identity go through a generator as one batch, and real and translated
///   images through a discriminator as one batch, each with its own power iteration.
/// - The backward pass of the adversarial and cycle terms stops at the translation, where gradients are summed until all terms
///   are computed. The graph of one direction is freed before that of the other is built.
///
/// Source: znxlwm/UGATIT-pytorch, UGATIT.py, train; https://arxiv.org/abs/1907.10830.
public final class TrainingStep {
  /// The networks that are trained.
  public let networks: NetworkSet
  /// The settings in force.
  public let settings: StepSettings
  /// The optimiser of both generators.
  public let generatorAdam: Adam
  /// The optimiser of the four discriminators.
  public let discriminatorAdam: Adam
  /// The moving average (EMA) of the generators; nil if none is kept.
  public let average: AveragedGenerators?
  private let face: FaceIdentity?
  /// The processes that train together, which exchange gradients in each step; nil for one process.
  ///
  /// With n processes the step is that of one process with a batch n times as large.
  var ranks: RankGroup?
  /// The factor of each update's loss in float16; nil for other precisions.
  private let lossScales: (discriminators: LossScale, generators: LossScale)?
  /// The type in which convolutions compute.
  package var precision: DType
  /// Whether a GPU repeats the step as one CUDA graph, which is several times faster; it has no effect on the CPU.
  public var usesGraph = true
  private var recorded: RecordedStep?
  /// The earlier translations to A and to B that the discriminators also see; nil if there are none.
  let pools: (a: ImagePool, b: ImagePool)?
  /// The adaptive strength of the augmentation; nil for full strength.
  var augmentStrength: AugmentStrength?
  /// What computes independent parts side by side; nil on the CPU.
  private var branches: ParallelBranches?
  private let device: Device

  /// A step for `networks`; `face` adds the face identity loss.
  ///
  /// - Throws: `TensorError`.
  public init(_ networks: NetworkSet, settings: StepSettings, face: FaceIdentity? = nil) throws {
    self.networks = networks
    self.settings = settings
    self.face = face
    precision = settings.precision.dtype
    device = networks.generatorParameters[0].device
    let device = device
    generatorAdam = try Adam(networks.generatorParameters, settings: settings.adam)
    discriminatorAdam = try Adam(networks.discriminatorParameters, settings: settings.adam)
    average = try settings.emaDecay > 0 ? AveragedGenerators(of: networks, decay: settings.emaDecay) : nil
    pools =
      settings.poolSize > 0
      ? (ImagePool(capacity: settings.poolSize), ImagePool(capacity: settings.poolSize)) : nil
    augmentStrength =
      settings.augmentTarget > 0 && !settings.diffAugment.isEmpty
      ? AugmentStrength(target: settings.augmentTarget) : nil
    lossScales =
      try settings.precision == .float16
      ? (LossScale(device: device), LossScale(device: device)) : nil
  }

  /// The generators used for samples and evaluation: the moving average if one is kept, else the current ones.
  public var emaOrCurrent: GeneratorPair { average?.generators ?? networks.generators }

  /// Updates all six networks once.
  ///
  /// With several pairs, gradients are averaged over them (gradient accumulation). The translations are then computed twice,
  /// once for each update, so that memory contains the graph of one pair only. The generators' gradients are kept until the
  /// next step. If a loss is not finite, its networks are not updated.
  ///
  /// On a GPU the step returns before it is done, and later steps wait for it.
  ///
  /// - Parameters:
  ///   - pairs: The images, at least one pair.
  ///   - rate: The learning rate of both optimisers.
  ///   - number: The number of the step in the run, from 1. Random numbers and periodic terms depend on it.
  ///   - stops: Whether this process wants to stop after the step; all processes then learn it.
  /// - Returns: The losses, and the translations by the weights before the step.
  /// - Throws: `TensorError`.
  public func callAsFunction(
    _ pairs: [ImagePair], rate: Double, number: Int = 1, stops: Bool = false
  ) throws -> StepReport {
    precondition(!pairs.isEmpty, "a step needs images")
    let inputs = try inputs(pairs, rate: rate, number: number, stops: stops)
    try Torch.setTF32(settings.precision == .tf32)
    let isPenalised = settings.gradientPenalty > 0 && number % settings.gradientPenaltyEvery == 0
    let report: StepReport
    // The penalty's steps are few, and their graph would need memory of its own. A pool chooses other tensors in each step. An
    // exchange between GPUs is part of the graph: all processes record and repeat the same steps.
    if usesGraph, device != .cpu, !isPenalised, pools == nil {
      let recorded = try self.recorded ?? prepareRecording()
      report = try StepReport(recorded(inputs) { try update($0, number: number, isPenalised: false) })
    } else {
      report = try StepReport(update(inputs, number: number, isPenalised: isPenalised))
    }
    try augmentStrength?.add(report, images: pairs.count * pairs[0].realA.shape[0])
    return report
  }

  private func prepareRecording() throws -> RecordedStep {
    // Branches make a step a quarter faster and need a fifth more memory.
    if try device.memory().total > 6 << 30 { branches = try ParallelBranches(device: device, count: 4) }
    let recorded = try RecordedStep(device: device)
    self.recorded = recorded
    return recorded
  }

  /// The inputs of step `number`.
  func inputs(_ pairs: [ImagePair], rate: Double, number: Int, stops: Bool = false) throws -> StepInputs {
    try StepInputs(
      pairs, rate: rate, averageWeight: average.map { 1 - $0.decay(at: number) } ?? 0, stops: stops,
      parts: settings.diffAugment
    ) { pair, domain, update in
      draws(domain, update, step: number, pair: pair, like: pairs[pair].realA)
    }
  }

  /// The random choices of one update's augmentation: the same for real and translated images of `domain`, and for both
  /// discriminators.
  ///
  /// They depend only on the seed, the step and the pair's index, so they are the same in a resumed run. Several processes
  /// share the choices of one large batch.
  func draws(_ domain: Domain, _ update: StepInputs.Update, step: Int, pair: Int, like images: Tensor)
    -> [DiffAugment.Draw]
  {
    var random = CounterRandom(
      settings.seed, domain == .a ? 0 : 1, 4, UInt64(step), UInt64(pair), UInt64(update.rawValue))
    let (count, rank) = (images.shape[0], ranks?.place.rank ?? 0)
    let draws = DiffAugment.draws(count: (rank + 1) * count, side: images.shape[2], &random).suffix(count)
    guard let strength = augmentStrength?[domain] else { return Array(draws) }
    return draws.map { random.unit() < strength ? $0 : .none }
  }

  /// Updates all networks by operations on the device alone.
  private func update(_ inputs: StepInputs, number: Int, isPenalised: Bool) throws -> StepOutputs {
    let pairs = inputs.pairs
    let lossScale = 1 / Double(pairs.count)
    var terms = LossTerms()
    try networks.genA2B.clearGradients()
    try networks.genB2A.clearGradients()

    // Update D.
    var latest: Translations?
    for (index, pair) in pairs.enumerated() {
      let translations =
        try pairs.count == 1 ? translate(pair) : withoutGradient { try translate(pair) }
      try updateDiscriminators(
        pair, shown(translations, step: number, pair: index), lossScale, isPenalised: isPenalised,
        (inputs.augmentation(index, .a, .discriminators), inputs.augmentation(index, .b, .discriminators)),
        &terms)
      if index == pairs.count - 1 { latest = translations }
    }
    _ = try apply(discriminatorAdam, lossScales?.discriminators, inputs, terms)
    for discriminator in networks.discriminators { try discriminator.clearGradients() }

    // Update G, with D frozen.
    for discriminator in networks.discriminators { try discriminator.setRequiresGrad(false) }
    defer { for discriminator in networks.discriminators { try? discriminator.setRequiresGrad(true) } }
    for (index, pair) in pairs.enumerated() {
      let translations = try pairs.count == 1 ? latest ?? translate(pair) : translate(pair)
      try updateGenerators(
        pair, translations, lossScale,
        (inputs.augmentation(index, .a, .generators), inputs.augmentation(index, .b, .generators)), &terms)
      latest = translations
    }
    let (numbers, skipped) = try apply(generatorAdam, lossScales?.generators, inputs, terms)
    for generator in [networks.genA2B, networks.genB2A] {
      try generator.clip(rho: settings.rhoLimit, weight: settings.mixingLimit)
    }
    try average?.update(from: networks, weight: inputs.averageWeight * (1 - skipped))
    guard let latest else { preconditionFailure("a step needs images") }
    return StepOutputs(
      names: terms.names, numbers: try numbers * lossScale,
      fakeA2B: try latest.fakeA2B.detach(), fakeB2A: try latest.fakeB2A.detach())
  }

  /// Applies the gradients, unless a loss so far or, in float16, a gradient is not finite.
  ///
  /// The losses are checked before the update, so that the first term that is not finite can be reported. Several processes
  /// exchange gradients and losses before, so that all of them apply or leave out the same.
  ///
  /// - Returns: The losses so far and the wish to stop, and 1 if the update was left out, else 0.
  private func apply(
    _ adam: Adam, _ scale: LossScale?, _ inputs: StepInputs, _ terms: LossTerms
  ) throws -> (numbers: Tensor, skipped: Tensor) {
    try withoutGradient {
      let numbers = try Tensor.cat([terms.values(), inputs.stop.to(.float32)])
      try ranks?.average(adam.parameters, numbers)
      var skipped = try numbers.notFinite()
      if let scale { skipped = try (skipped + scale.unscale(adam.parameters)).clamp(to: 0...1) }
      if settings.gradientLimit > 0 { try adam.parameters.clipGradients(to: settings.gradientLimit) }
      try adam.step(rate: inputs.rate, unless: skipped)
      try scale?.update(skipped: skipped)
      return (numbers, skipped)
    }
  }

  /// Both generators' outputs for one pair: translations, identities, and the CAM logits of both.
  private struct Translations {
    let fakeA2B: Tensor
    let fakeB2A: Tensor
    let fakeA2A: Tensor
    let fakeB2B: Tensor
    /// CAM logits of `fake_A2B` (label 1) and of `fake_B2B` (label 0), by genA2B.
    let camA2B: (fake: Tensor, identity: Tensor)
    /// CAM logits of `fake_B2A` (label 1) and of `fake_A2A` (label 0), by genB2A.
    let camB2A: (fake: Tensor, identity: Tensor)
  }

  /// Calls `body` with 0, 1 and so on, on a GPU side by side; no call may use a tensor that another one makes.
  private func sideBySide<Result>(_ count: Int, _ body: (Int) throws -> Result) throws -> [Result] {
    var results: [Result] = []
    if let branches {
      try branches.run(count) { results.append(try body($0)) }
    } else {
      for index in 0..<count { results.append(try body(index)) }
    }
    return results
  }

  private func translate(_ pair: ImagePair) throws -> Translations {
    let both = try (Tensor.cat([pair.realA, pair.realB]), Tensor.cat([pair.realB, pair.realA]))
    let outputs = try sideBySide(2) { index in
      index == 0
        ? try networks.genA2B(both.0, precision: precision)
        : try networks.genB2A(both.1, precision: precision)
    }
    let (toB, toA) = (outputs[0], outputs[1])
    let (imagesB, imagesA) = try (toB.images.chunk(2), toA.images.chunk(2))
    let (camB, camA) = try (toB.attention.logits.chunk(2), toA.attention.logits.chunk(2))
    return Translations(
      fakeA2B: imagesB[0], fakeB2A: imagesA[0], fakeA2A: imagesA[1], fakeB2B: imagesB[1],
      camA2B: (camB[0], camB[1]), camB2A: (camA[0], camA[1]))
  }

  /// The translations to A and to B that the discriminators see: the new ones, or some from the pools.
  private func shown(
    _ translations: Translations, step: Int, pair: Int
  ) throws -> (a: Tensor, b: Tensor) {
    let (a, b) = try (translations.fakeB2A.detach(), translations.fakeA2B.detach())
    guard let pools else { return (a, b) }
    return try withoutGradient {
      var random = CounterRandom(settings.seed, 5, UInt64(step), UInt64(pair))
      return try (pools.a(a, &random), pools.b(b, &random))
    }
  }

  /// Adds the gradients of the discriminators' loss: least squares on patches and CAM logits, real 1, translated 0.
  private func updateDiscriminators(
    _ pair: ImagePair, _ fakes: (a: Tensor, b: Tensor), _ lossScale: Double, isPenalised: Bool,
    _ augment: (a: DiffAugment?, b: DiffAugment?), _ terms: inout LossTerms
  ) throws {
    func augmented(_ augment: DiffAugment?, _ images: Tensor) throws -> Tensor {
      try augment.map { try $0(images) } ?? images
    }
    let (realA, fakeB2A) = try (
      augmented(augment.a, pair.realA), augmented(augment.a, fakes.a)
    )
    let (realB, fakeA2B) = try (
      augmented(augment.b, pair.realB), augmented(augment.b, fakes.b)
    )
    let parts = [
      ("disGA", networks.disGA, realA, fakeB2A), ("disLA", networks.disLA, realA, fakeB2A),
      ("disGB", networks.disGB, realB, fakeA2B), ("disLB", networks.disLB, realB, fakeA2B),
    ]
    let losses = try sideBySide(parts.count) { index in
      let (name, discriminator, real, fake) = parts[index]
      let outputs = try discriminator([real, fake], precision: precision)
      let (realOutput, fakeOutput) = (outputs[0], outputs[1])
      let adversarial =
        try realOutput.logits.meanSquaredError(1) + fakeOutput.logits.meanSquaredError(0)
      let cam =
        try realOutput.attention.logits.meanSquaredError(1) + fakeOutput.attention.logits.meanSquaredError(0)
      try terms.record("D_ad_\(name)", adversarial)
      try terms.record("D_cam_\(name)", cam)
      if augmentStrength != nil {
        // The sign is 1 for a patch that is recognised as real, else -1; the mean of both discriminators.
        let sign = try ((realOutput.logits.detach() - 0.5) * 1e6).clamp(to: -1...1).mean() * 0.5
        try terms.record(AugmentStrength.term(index < 2 ? .a : .b), sign)
      }
      let loss = try (adversarial + cam) * settings.weights.adversarial
      try scaled(loss * lossScale, lossScales?.discriminators).backward()
      if isPenalised {
        let penalty = try gradientPenalty(discriminator, at: real)
        try terms.record("R1_\(name)", penalty)
        let weight = settings.gradientPenalty / 2 * Double(settings.gradientPenaltyEvery) * lossScale
        try scaled(penalty * weight, lossScales?.discriminators).backward()
      }
      return try loss.detach()
    }
    try terms.record("D_total", losses[0] + losses[1] + losses[2] + losses[3])
  }

  /// Adds the gradients of the generators' loss: adversarial, cycle, identity, CAM and, if given, face identity.
  private func updateGenerators(
    _ pair: ImagePair, _ translations: Translations, _ lossScale: Double,
    _ augment: (a: DiffAugment?, b: DiffAugment?), _ terms: inout LossTerms
  ) throws {
    let (fakeA2B, fakeB2A) = (translations.fakeA2B, translations.fakeB2A)

    // Adversarial and cycle terms; their gradients stop at fake_B2A and fake_A2B.
    let cycles = try sideBySide(2) { index in
      index == 0
        ? try adversarialAndCycleLoss(
          fakeB2A, [("disGA", networks.disGA), ("disLA", networks.disLA)], back: networks.genA2B,
          real: pair.realB, domain: "B", augment.a, lossScale, &terms)
        : try adversarialAndCycleLoss(
          fakeA2B, [("disGB", networks.disGB), ("disLB", networks.disLB)], back: networks.genB2A,
          real: pair.realA, domain: "A", augment.b, lossScale, &terms)
    }
    let ((gradientB2A, totalB), (gradientA2B, totalA)) = (cycles[0], cycles[1])

    // Identity and CAM terms of genB2A (A) and genA2B (B).
    let lossA = try identityAndCAMLoss(
      translations.fakeA2A, real: pair.realA, cam: translations.camB2A, domain: "A", &terms)
    let lossB = try identityAndCAMLoss(
      translations.fakeB2B, real: pair.realB, cam: translations.camA2B, domain: "B", &terms)
    let loss = try lossA + lossB

    // One backward pass through both generators.
    try Tensor.backward([
      (fakeB2A, gradientB2A), (fakeA2B, gradientA2B), (scaled(loss * lossScale, lossScales?.generators), nil),
    ])
    try terms.record("G_total", loss + totalB + totalA)
  }

  /// |identity - real|, and the CAM classifier's cross entropy: 1 for the other domain's image, 0 for the own one's.
  private func identityAndCAMLoss(
    _ identity: Tensor, real: Tensor, cam: (fake: Tensor, identity: Tensor), domain: String,
    _ terms: inout LossTerms
  ) throws -> Tensor {
    let identityLoss = try identity.meanAbsoluteError(real)
    let camLoss =
      try cam.fake.binaryCrossEntropy(label: 1) + cam.identity.binaryCrossEntropy(label: 0)
    try terms.record("idt_\(domain)", identityLoss)
    try terms.record("cam_\(domain)", camLoss)
    return try identityLoss * settings.weights.identity + camLoss * settings.weights.cam
  }

  /// The terms that depend on one translation: adversarial, cycle and face identity.
  ///
  /// `fake` is the translation of `real`, which is of `domain`; `discriminators` are those of the other domain, and `back`
  /// translates `fake` back. Returns the gradient at `fake`, and the weighted sum of the terms.
  private func adversarialAndCycleLoss(
    _ fake: Tensor, _ discriminators: [(String, Discriminator)], back: any ImageGenerator, real: Tensor,
    domain: String, _ augment: DiffAugment?, _ lossScale: Double, _ terms: inout LossTerms
  ) throws -> (gradient: Tensor?, total: Tensor) {
    let weights = settings.weights
    let leaf = try fake.detach()
    try leaf.setRequiresGrad(true)
    let cycle = try back(leaf, precision: precision).images.meanAbsoluteError(real)
    try terms.record("rec_\(domain)", cycle)
    var loss = try cycle * weights.cycle
    let augmented = try augment.map { try $0(leaf) } ?? leaf
    for (name, discriminator) in discriminators {
      let output = try discriminator(augmented, precision: precision)
      let adversarial = try output.logits.meanSquaredError(1)
      let cam = try output.attention.logits.meanSquaredError(1)
      try terms.record("G_ad_\(name)", adversarial)
      try terms.record("G_cam_\(name)", cam)
      loss = try loss + (adversarial + cam) * weights.adversarial
    }
    if let face, weights.face != 0 {
      let distance = try face(real, leaf)
      try terms.record("id_\(domain)", distance)
      loss = try loss + distance * weights.face
    }
    try scaled(loss * lossScale, lossScales?.generators).backward()
    return (try leaf.grad(), try loss.detach())
  }

  /// The loss times the factor of float16, if there is one.
  private func scaled(_ loss: Tensor, _ scale: LossScale?) throws -> Tensor {
    try scale.map { try loss * $0.factor.reshape([]) } ?? loss
  }
}
