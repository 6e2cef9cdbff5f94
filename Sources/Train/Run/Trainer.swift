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
  let settings: TrainSettings
  let folder: RunFolder
  let data: TrainingData
  let architecture: Architecture
  let device: Device
  let digest: String
  let report: @Sendable (TrainEvent) -> Void
  /// The step that the run repeats.
  let step: TrainingStep
  private let rate: LearningRate
  let precision: DType
  /// The images of sample sheets and distances; nil if another process writes them.
  let sampleImages: SampleImages?
  /// The name of the distance that chooses the best checkpoint.
  let measureName: String
  /// The number of finished steps.
  var done = 0
  /// The distance of the best checkpoint, summed over both directions.
  var best: DistanceEstimate?
  /// The lock on the folder until the run ends, so that no second trainer writes to it.
  private var lock: RunLock?
  /// Warnings that are not yet in the log.
  private var notes: [String] = []
  var watchdog = Watchdog()
  /// The run's page; nil before the run, and if another process writes it.
  var page: RunPage?
  /// The checkpoint that is being written; nil if there is none.
  var writing: Task<Void, any Error>?
  /// Whether the training continues while a checkpoint is written.
  var writesInBackground: Bool
  /// The steps whose losses are still on the device; a GPU must not wait for the processor after each step.
  private var unread: [(number: Int, rate: Double, report: StepReport)] = []
  /// The processes that train together; nil for one process.
  let ranks: RankGroup?
  /// Whether this process writes the run.
  var isWriter: Bool { ranks?.isFirst ?? true }
  /// The device, and the number of processes if there are several.
  var deviceText: String { ranks.map { "\(device), \($0.place.size) processes" } ?? "\(device)" }
  /// Whether one of the processes wants to stop, as all of them know after a step.
  private var stops = false

  /// Opens the dataset, creates the networks, and loads the newest checkpoint of the folder.
  ///
  /// - Parameters:
  ///   - dataset: The folder with trainA, trainB, testA, testB.
  ///   - folder: The folder of the run.
  ///   - side: The side of the networks' input in pixels.
  ///   - settings: How the networks are trained.
  ///   - settingsText: The settings in force, saved with the run.
  ///   - acceptsDataset: Whether to continue although the dataset's images have changed.
  ///   - ranks: The processes that train together; nil for one process. Rank 0 writes the run, which all of them read.
  ///   - report: Receives the events.
  /// - Throws: `TrainError`, `DataError`, `CheckpointError`, `OutputError`, `WriteError`; with several processes `RankError`.
  public init(
    dataset: URL, to folder: RunFolder, side: Int, settings: TrainSettings, settingsText: String,
    acceptsDataset: Bool = false, ranks: RankGroup? = nil,
    report: @escaping @Sendable (TrainEvent) -> Void
  ) async throws {
    (self.settings, self.folder, self.ranks, self.report) = (settings, folder, ranks, report)
    // Their state depends on the images of each process, and a checkpoint has that of one process.
    if ranks != nil, settings.pool > 0 { throw RankError.oneProcessOnly("train.pool") }
    if ranks != nil, settings.augmentTarget > 0 { throw RankError.oneProcessOnly("train.augment-target") }
    let isWriter = ranks?.isFirst ?? true
    let model = Architecture.Model(settings.model)
    architecture = Architecture(
      model, side: side, width: settings.width,
      compatibility: Architecture.Compatibility(settings.compat))
    if let problem = architecture.problem { throw TrainError.architecture(problem) }
    let device = try Device(named: settings.device, localRank: ranks?.place.localRank)
    self.device = device
    writesInBackground = device != .cpu
    try Torch.setDeterministic(settings.deterministic)
    if device != .cpu, let reason = device.reasonAgainstKernels() {
      report(.note("training is slower than it could be: \(reason)"))
    }
    let face = try settings.face.map { try FaceIdentity(contentsOf: $0, side: side, device: device) }
    let precision = try settings.precision(on: device)
    // At 64 pixels both take the same time.
    if device == .cpu, settings.precision == "auto", side >= 256, Device.processorHasBFloat16 {
      report(.note("train.precision: bf16 takes about half the time on this processor"))
    }
    let plan = MemoryPlan(
      architecture, batch: settings.batch, precision: precision, device: device, averages: settings.ema > 0,
      exchanges: ranks != nil)
    try plan.check(device)
    var options = TrainingData.Options()
    (options.side, options.batch, options.seed) = (side, settings.batch, UInt64(settings.seed))
    data = try TrainingData(dataset, options: options) { report(.note("\($0)")) }
    digest = try await data.digest().hex
    if isWriter {
      try folder.claim()
      lock = try RunLock(folder: folder.url)
      AtomicFile.removeLeftovers(in: folder.checkpoints)
    }
    let networks = try NetworkSet(architecture, seed: UInt64(settings.seed), device: device)
    step = try TrainingStep(
      networks, settings: StepSettings(settings, for: model, precision: precision), face: face)
    self.precision = precision.dtype
    rate = LearningRate(initial: settings.learningRate, decays: settings.decay, warmup: settings.warmup)
    let (measure, doubt) = try DistanceMeasure.named(settings.features, device: device)
    sampleImages = isWriter ? SampleImages(data, device: device, measure: measure) : nil
    measureName = measure.name
    if isWriter { try reportDoubts(plan, measure: doubt) }
    try start(acceptsDataset: acceptsDataset)
    if isWriter { try AtomicFile.write(Array(settingsText.utf8), to: folder.settings) }
  }

  /// Reports what may go wrong later: a full disk, few images; and how distances are measured, if `measure` says that it is
  /// not as wished.
  private func reportDoubts(_ plan: MemoryPlan, measure: String?) throws {
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
    if let measure, data.count(.a, .test) > 1, data.count(.b, .test) > 1 { report(.note(measure)) }
    for domain in Domain.allCases where data.count(domain, .test) > SampleImages.limit {
      report(
        .note(
          "distances use \(SampleImages.limit) of the \(data.count(domain, .test)) test images of domain "
            + domain.rawValue))
    }
    if settings.augmentTarget > 0, settings.diffaugment.isEmpty {
      report(.note("train.augment-target has no effect, because train.diffaugment is empty"))
    }
  }

  /// Trains to the last step of the settings, or until the task is cancelled; the last finished step is then saved.
  ///
  /// Several processes stop after the same step if the task of one of them is cancelled.
  ///
  /// - Throws: `TrainError`, `DataError`, `WriteError`, `TensorError`; `CancellationError` once the last step is saved; with
  ///   several processes `RankError`.
  public func run() async throws -> TrainSummary {
    defer { lock = nil }
    do {
      let summary = try await train()
      try await finishWriting()
      return summary
    } catch let error as CancellationError {
      try await finishWriting()
      throw error
    } catch {
      try? await finishWriting()
      throw error
    }
  }

  private func train() async throws -> TrainSummary {
    let first = done
    report(
      .began(
        architecture: architecture, imagesA: data.count(.a), imagesB: data.count(.b), step: done,
        of: settings.steps, device: deviceText))
    guard done < settings.steps else {
      ranks?.agreeToEnd()
      return TrainSummary(step: done, done: 0, isComplete: true)
    }
    let records = try isWriter ? RunRecords(folder, keepingUpTo: done) : nil
    defer { records?.close() }
    if isWriter { page = RunPage(pageFacts, log: folder.log) }
    let prefetch = Prefetch(data, rank: ranks?.place.rank ?? 0, of: ranks?.place.size ?? 1)
    var hasGoneBack = false
    var start = ContinuousClock.now
    while done < settings.steps {
      if ranks == nil ? Task.isCancelled : stops {
        try await finishWriting()
        if isWriter, folder.savedSteps.first != done, try step.networks.firstNotFinite() == nil {
          try await save(measuring: false)
        }
        ranks?.agreeToEnd()
        throw CancellationError()
      }
      var batches: [TrainingBatch] = []
      for part in 0..<settings.accumulate {
        batches.append(try await prefetch.batch(done * settings.accumulate + part))
      }
      let rate = rate.rate(step: done + 1, of: settings.steps)
      let report = try step(
        batches.map { try ImagePair($0, on: device) }, rate: rate, number: done + 1, stops: Task.isCancelled)
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
        try await finishWriting()
        guard !hasGoneBack, try resume(acceptsDataset: true) else {
          throw TrainError.diverged(what: what, step: failed, saved: folder.savedSteps.first)
        }
        hasGoneBack = true
        try records?.goBack(to: done)
        if isWriter { page = RunPage(pageFacts, log: folder.log) }
        note("\(what) is not a finite number at step \(failed): going back to step \(done)")
        start = .now
        continue
      }
      if let records {
        let sheet = isSampled ? try sample(records.events) : nil
        let distances = isSaved ? try await save(measuring: true) : nil
        if let distances { entry.add(distances) }
        if RunLog.isLogged(done) || distances != nil || !notes.isEmpty {
          if !notes.isEmpty { entry.notes = notes }
          try records.add(entry, distances: distances)
          page?.add(entry)
          notes = []
        }
        if isSampled {
          try page?.write(to: folder.page, step: done, sheet: sheet, pairs: sheet.map(testPairs) ?? [])
        }
      }
      if isSaved { try equalizeRanks() }
      start = .now
    }
    ranks?.agreeToEnd()
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
    stops = try ranks != nil && unread.last?.report.stops ?? false
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
  func note(_ text: String) {
    notes.append(text)
    report(.note(text))
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
