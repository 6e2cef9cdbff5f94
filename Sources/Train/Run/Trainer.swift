import WeightFiles
public import Dataset
public import Foundation
import Imaging
import Tensors

/// A training run on a dataset, written to a folder.
///
/// A run resumes if its folder contains a checkpoint. On the CPU, a resumed run computes exactly the same bits as an
/// uninterrupted one, because each batch depends only on seed and step, and the checkpoint contains everything else.
public final class Trainer {
  private let settings: TrainSettings
  private let folder: RunFolder
  private let data: TrainingData
  private let architecture: Architecture
  private let device: Device
  private let digest: String
  private let report: (TrainEvent) -> Void
  /// The step that the run repeats.
  let step: TrainingStep
  private let rate: LearningRate
  private let precision: DType
  private let sampleImages: SampleImages
  private var done = 0
  /// The distance of the best checkpoint, summed over both directions.
  private var best: FeatureDistance.Estimate?
  /// The lock on the folder until the run ends, so that no second trainer writes to it.
  private var lock: RunLock?
  /// Warnings that are not yet in the log.
  private var notes: [String] = []
  private var watchdog = Watchdog()
  private var page: RunPage?
  /// The steps whose losses are still on the device; a GPU must not wait for the processor after each step.
  private var unread: [(number: Int, rate: Double, report: StepReport)] = []

  /// Opens the dataset, creates the networks, and loads the newest checkpoint of the folder.
  ///
  /// - Parameters:
  ///   - dataset: The folder with trainA, trainB, testA, testB.
  ///   - folder: The folder of the run.
  ///   - side: The side of the networks' input in pixels.
  ///   - settings: How the networks are trained.
  ///   - settingsText: The settings in force, saved with the run.
  ///   - acceptsDataset: Whether to continue although the dataset's images have changed.
  ///   - report: Receives the events.
  /// - Throws: `TrainError`, `DataError`, `CheckpointError`, `OutputError`, `WriteError`.
  public init(
    dataset: URL, to folder: RunFolder, side: Int, settings: TrainSettings, settingsText: String,
    acceptsDataset: Bool = false, report: @escaping @Sendable (TrainEvent) -> Void
  ) async throws {
    (self.settings, self.folder, self.report) = (settings, folder, report)
    let model = Architecture.Model(settings.model)
    architecture = Architecture(
      model, side: side, width: settings.width,
      compatibility: Architecture.Compatibility(settings.compat))
    if let problem = architecture.problem { throw TrainError.architecture(problem) }
    let device = try Device(named: settings.device)
    self.device = device
    try Torch.setDeterministic(settings.deterministic)
    if device != .cpu, let reason = device.reasonAgainstKernels() {
      report(.note("training is slower than it could be: \(reason)"))
    }
    let face = try settings.face.map { try FaceIdentity(contentsOf: $0, side: side, device: device) }
    let precision = try settings.precision(on: device)
    let plan = MemoryPlan(
      architecture, batch: settings.batch, dtype: precision.dtype, averages: settings.ema > 0)
    try plan.check(device)
    var options = TrainingData.Options()
    (options.side, options.batch, options.seed) = (side, settings.batch, UInt64(settings.seed))
    data = try TrainingData(dataset, options: options) { report(.note("\($0)")) }
    digest = try await data.digest().hex
    try folder.claim()
    lock = try RunLock(folder: folder.url)
    // The recent checkpoints, the best one, and the one that is being written.
    if let warning = try plan.diskWarning(folder.url, checkpoints: settings.keep + 2) {
      report(.note(warning))
    }
    for domain in Domain.allCases where data.count(domain) < 100 {
      report(
        .note(
          "domain \(domain.rawValue) has only \(data.count(domain)) training images, and a few hundred are usual; "
            + "try train.diffaugment, and check the samples often"))
    }
    if settings.augmentTarget > 0, settings.diffaugment.isEmpty {
      report(.note("train.augment-target has no effect, because train.diffaugment is empty"))
    }
    AtomicFile.removeLeftovers(in: folder.checkpoints)
    let networks = try NetworkSet(architecture, seed: UInt64(settings.seed), device: device)
    step = try TrainingStep(
      networks, settings: StepSettings(settings, for: model, precision: precision), face: face)
    self.precision = precision.dtype
    rate = LearningRate(initial: settings.learningRate, decays: settings.decay, warmup: settings.warmup)
    sampleImages = SampleImages(data, side: side, device: device)
    try resume(acceptsDataset: acceptsDataset)
    if done == 0, folder.savedSteps.isEmpty, let url = settings.from {
      report(.note(try StartingWeights(url).load(into: networks)))
      try step.average?.restart(at: networks)
    }
    try AtomicFile.write(Array(settingsText.utf8), to: folder.settings)
  }

  /// Trains to the last step of the settings, or until the task is cancelled; the last finished step is then saved.
  ///
  /// - Throws: `TrainError`, `DataError`, `WriteError`, `TensorError`; `CancellationError` once the last step is saved.
  public func run() async throws -> TrainSummary {
    let first = done
    defer { lock = nil }
    report(
      .began(
        architecture: architecture, imagesA: data.count(.a), imagesB: data.count(.b), step: done,
        of: settings.steps, device: device.description))
    guard done < settings.steps else { return TrainSummary(step: done, done: 0, isComplete: true) }
    var log = try RunLog(folder.log, keepingUpTo: done)
    try AtomicFile.makeFolder(folder.events)
    let events = try EventFile(in: folder.events)
    defer { try? events.close() }
    page = RunPage(pageFacts, log: folder.log)
    let prefetch = Prefetch(data)
    var hasGoneBack = false
    var start = ContinuousClock.now
    while done < settings.steps {
      if Task.isCancelled {
        if folder.savedSteps.first != done, try step.networks.firstNotFinite() == nil {
          try save(measuring: false)
        }
        throw CancellationError()
      }
      var batches: [TrainingBatch] = []
      for part in 0..<settings.accumulate {
        batches.append(try await prefetch.batch(done * settings.accumulate + part))
      }
      let rate = rate.rate(step: done + 1, of: settings.steps)
      let report = try step(batches.map { try ImagePair($0, on: device) }, rate: rate, number: done + 1)
      done += 1
      unread.append((done, rate, report))
      let isLast = done == settings.steps
      let isSaved = done % settings.saveEvery == 0 || isLast
      let isSampled = done % settings.sampleEvery == 0 || isLast
      guard device == .cpu || unread.count == 10 || RunLog.isLogged(done) || isSaved || isSampled else {
        continue
      }
      var entry: LogEntry
      switch try readLosses(since: start, beforeSaving: isSaved) {
      case .entry(let read):
        entry = read
        if let strength = step.augmentStrength {
          for domain in Domain.allCases { entry.losses["augment_\(domain.rawValue)"] = strength[domain] }
        }
      case .notFinite(let what, let failed):
        if hasGoneBack || folder.savedSteps.isEmpty { throw TrainError.diverged(what: what, step: failed) }
        hasGoneBack = true
        try resume(acceptsDataset: true)
        log = try RunLog(folder.log, keepingUpTo: done)
        page = RunPage(pageFacts, log: folder.log)
        note("\(what) is not a finite number at step \(failed): going back to step \(done)")
        start = .now
        continue
      }
      if isSampled { try sample(events) }
      if isSaved { entry.distance = try save(measuring: true) }
      if RunLog.isLogged(done) || entry.distance != nil || !notes.isEmpty {
        if !notes.isEmpty { entry.notes = notes }
        try log.append(entry)
        page?.add(entry)
        var distances: [(String, Double)] = []
        for (direction, estimate) in (entry.distance ?? [:]).sorted(by: { $0.key < $1.key }) {
          distances.append(("distance/\(direction)", estimate.value))
          if let spread = estimate.spread { distances.append(("distance error/\(direction)", spread)) }
        }
        try events.add(
          scalars: entry.losses.sorted { $0.key < $1.key }.map { ("loss/\($0.key)", $0.value) } + [
            ("rate", rate), ("seconds", entry.seconds),
          ] + distances,
          step: done)
        if !notes.isEmpty {
          try events.add(text: notes.joined(separator: "\n\n"), tag: "warnings", step: done)
        }
        notes = []
      }
      start = .now
    }
    return TrainSummary(step: done, done: done - first, isComplete: true)
  }

  /// The losses of the steps since the last reading.
  private enum Reading {
    /// The entry of the last step; all losses are finite.
    case entry(LogEntry)
    /// The first loss or weight that is not a finite number, and its step.
    case notFinite(String, step: Int)
  }

  /// Reads the losses of all steps since the last reading, at `start`, and reports them.
  private func readLosses(since start: ContinuousClock.Instant, beforeSaving isSaved: Bool) throws -> Reading
  {
    defer { unread = [] }
    let losses = try unread.map { try $0.report.losses }
    let seconds = start.duration(to: .now) / .seconds(1) / Double(unread.count)
    let memory = (try? device.memory()).map { Int($0.peak >> 20) } ?? RunLog.peakMemory
    var entries: [LogEntry] = []
    for (step, losses) in zip(unread, losses) {
      if let what = try whatIsNotFinite(
        losses, step: step.number, beforeSaving: isSaved && step.number == done)
      {
        return .notFinite(what, step: step.number)
      }
      let entry = LogEntry(
        step: step.number, losses: Dictionary(losses.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
        rate: step.rate, seconds: seconds, memory: memory)
      report(.step(entry, of: settings.steps))
      entries.append(entry)
    }
    guard let last = entries.last else { preconditionFailure("a reading follows at least one step") }
    return .entry(last)
  }

  /// Reports warnings about a step's losses, and returns the name of a loss or weight that is not finite.
  ///
  /// Weights are checked only if a loss is not finite or if they are about to be saved.
  private func whatIsNotFinite(_ losses: [LossTerm], step number: Int, beforeSaving isSaved: Bool) throws
    -> String?
  {
    for finding in watchdog.check(losses, step: number) {
      switch finding {
      case .warning(let text): note("step \(number): \(text)")
      case .notFinite(let term):
        return try step.networks.firstNotFinite().map { "\(term) (and \($0))" } ?? term
      }
    }
    return isSaved ? try step.networks.firstNotFinite() : nil
  }

  /// Reports a warning and adds it to the log and to TensorBoard.
  private func note(_ text: String) {
    notes.append(text)
    report(.note(text))
  }

  /// Loads the newest checkpoint that can be read.
  private func resume(acceptsDataset: Bool) throws {
    var newest: String?
    for saved in folder.savedSteps {
      let url = folder.checkpoint(step: saved)
      do {
        let checkpoint = try Checkpoint(contentsOf: url)
        guard checkpoint.header.step == saved else { throw CheckpointError.damaged(url.path) }
        try check(checkpoint.header, url.path, acceptsDataset: acceptsDataset)
        try checkpoint.restore(step)
        if let key = try step.networks.firstNotFiniteWeight() {
          throw CheckpointError.incomplete("\(url.path): \(key) contains values that are not finite numbers")
        }
        switch (checkpoint.hasAverage, step.average != nil) {
        case (false, true) where checkpoint.header.step > 0:
          report(
            .note(
              "\(url.path) contains no moving average of the generators: it starts at their current weights"))
        case (true, false):
          report(
            .note("\(url.path) contains a moving average of the generators, which is dropped: train.ema is 0")
          )
        default: break
        }
        done = checkpoint.header.step
        best = bestSoFar()
        return
      } catch let error as CheckpointError where error.concernsSettings {
        throw error
      } catch let error as TensorError {
        throw error
      } catch {
        newest = newest ?? "\(error)"
        report(.note("\(error); trying the previous checkpoint"))
        // A folder with the name of a checkpoint would prevent writing that checkpoint.
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
          try? FileManager.default.moveItem(at: url, to: url.appendingPathExtension("damaged"))
        }
      }
    }
    if let newest { throw CheckpointError.noneReadable(folder.checkpoints.path, newest: newest) }
  }

  /// The distance of the checkpoint that `best` points to; nil if it was not measured or cannot be read.
  private func bestSoFar() -> FeatureDistance.Estimate? {
    guard let step = folder.step(of: folder.best),
      let header = try? Checkpoint.Header(WeightsFile(contentsOf: folder.checkpoint(step: step))),
      let distance = header.distance, let spread = header.spread
    else { return nil }
    return FeatureDistance.Estimate(value: distance, spread: spread)
  }

  private func check(_ header: Checkpoint.Header, _ path: String, acceptsDataset: Bool) throws {
    if header.architecture != architecture {
      throw CheckpointError.otherArchitecture(path, found: header.architecture, wanted: architecture)
    }
    if header.seed != UInt64(settings.seed) {
      throw CheckpointError.otherSeed(path, found: header.seed, wanted: UInt64(settings.seed))
    }
    if header.dataset != digest, !acceptsDataset { throw CheckpointError.otherDataset(path) }
  }

  /// Writes the checkpoint of the current step, keeps the best, and removes old ones.
  ///
  /// A checkpoint becomes the best one only if its distance is smaller by more than both standard errors; a smaller
  /// difference could be chance.
  ///
  /// - Returns: The distances by direction; nil if they were not measured.
  @discardableResult
  private func save(measuring: Bool) throws -> [String: FeatureDistance.Estimate]? {
    let distances = measuring ? try sampleImages.distances(step.emaOrCurrent, precision: precision) : [:]
    var total: FeatureDistance.Estimate?
    if let one = distances[.aToB], let other = distances[.bToA] {
      total = .init(value: one.value + other.value, spread: nil)
      if let a = one.spread, let b = other.spread { total?.spread = (a * a + b * b).squareRoot() }
    }
    let header = Checkpoint.Header(
      step: done, architecture: architecture, seed: UInt64(settings.seed), dataset: digest,
      distance: total?.value, spread: total?.spread)
    let url = folder.checkpoint(step: done)
    try Checkpoint(header, of: step).write(to: url)
    try folder.point(folder.latest, to: done)
    if let total, let spread = total.spread {
      if best.map({ total.value < $0.value - max(spread, $0.spread ?? 0) }) ?? true {
        best = total
        try folder.point(folder.best, to: done)
      }
    } else if best == nil {
      try folder.point(folder.best, to: done)
    }
    let bestStep = folder.step(of: folder.best)
    for old in folder.savedSteps.dropFirst(max(1, settings.keep)) where old != bestStep {
      try? FileManager.default.removeItem(at: folder.checkpoint(step: old))
    }
    report(.saved(url, step: done))
    guard !distances.isEmpty else { return nil }
    return Dictionary(uniqueKeysWithValues: distances.map { ($0.key.rawValue, $0.value) })
  }

  /// Writes the sample sheet of the current step.
  private func sample(_ events: EventFile) throws {
    let (sheet, translations) = try sampleImages.sheet(step.emaOrCurrent, precision: precision)
    for (name, pixels) in translations {
      for case .warning(let text) in watchdog.check(
        translations: pixels, plane: architecture.side * architecture.side, named: name)
      {
        note("step \(done): \(text)")
      }
    }
    for (name, generator) in step.networks.generators.named {
      for case .warning(let text) in watchdog.check(
        saturatedRho: try generator.saturatedRho(), of: name, step: done)
      {
        note("step \(done): \(text)")
      }
    }
    try page?.write(to: folder.page, step: done, sheet: sheet, pairs: sheet.map(testPairs) ?? [])
    guard let sheet else { return }
    let png = try sheet.png()
    let url = folder.samples(step: done)
    try AtomicFile.write(png, to: url)
    try events.add(image: "samples", png: Data(png), width: sheet.width, height: sheet.height, step: done)
    report(.sampled(url, step: done))
  }
}

extension Trainer {
  /// The facts for the run's page.
  private var pageFacts: RunPage.Facts {
    RunPage.Facts(
      architecture: architecture, steps: settings.steps,
      images: Dictionary(uniqueKeysWithValues: Domain.allCases.map { ($0, data.count($0)) }),
      device: device.description)
  }

  /// The test images of a sample sheet with their translations; each direction has five training images before its test images.
  private func testPairs(_ sheet: ImageBuffer) -> [(title: String, pairs: [RunPage.Pair])] {
    var start = 0
    return Domain.allCases.enumerated().map { index, domain in
      let (train, test) = (min(5, data.count(domain, .train)), min(5, data.count(domain, .test)))
      defer { start += train + test }
      let pairs = SampleSheet().pairs(
        sheet, side: architecture.side, columns: start + train..<start + train + test, gaps: index)
      return (domain == .a ? "Test images of A, translated to B" : "Test images of B, translated to A", pairs)
    }
  }
}

extension ImagePair {
  /// A pair of batches from the loader, on `device`.
  init(_ batch: TrainingBatch, on device: Device) throws {
    self.init(
      realA: try Tensor(batch.a.values, shape: batch.a.shape).to(device: device),
      realB: try Tensor(batch.b.values, shape: batch.b.shape).to(device: device))
  }
}

extension Device {
  /// The device of a setting: `auto`, `cpu`, `cuda` or `cuda:n`.
  ///
  /// - Throws: `TrainError.noDevice`.
  package init(named name: String) throws {
    let parts = name.split(separator: ":")
    switch (parts.first.map(String.init) ?? "", parts.count) {
    case ("auto", 1): self = Torch.cudaDevices > 0 ? .cuda(0) : .cpu
    case ("cpu", 1): self = .cpu
    case ("cuda", 1) where Torch.cudaDevices > 0: self = .cuda(0)
    case ("cuda", 2):
      guard let index = Int(parts[1]), index >= 0, index < Torch.cudaDevices else {
        throw TrainError.noDevice(name)
      }
      self = .cuda(index)
    default: throw TrainError.noDevice(name)
    }
  }
}

extension TrainSettings {
  /// The precision of convolutions on `device`; `auto` is the fastest one that trains well there.
  ///
  /// - Throws: `TrainError.precision` for fp16 on the CPU.
  func precision(on device: Device) throws -> Precision {
    guard let precision = Precision(rawValue: precision) else { return try .fastest(on: device) }
    try precision.check(device)
    return precision
  }
}
