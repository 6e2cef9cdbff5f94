import Dataset
public import Foundation
import Imaging
import MaskModel
import Tensors
public import Train
import WeightFiles

/// The events of a mask training.
public enum MaskTrainEvent: Sendable {
  /// The training starts, or resumes after `step` steps.
  case began(step: Int, of: Int, characters: Int, pictures: Int, parameters: Int)
  /// A step is done; the composites in each second so far.
  case step(LogEntry, of: Int, rate: Double)
  /// The scores of the evaluated groups.
  case measured(step: Int, scores: [String: MaskScore], isBest: Bool)
  /// A sample sheet was written.
  case sampled(URL)
  /// A message for users.
  case note(String)
}

/// Trains a mask network on composites; writes settings, log, sample sheets and checkpoints to a run's
/// folder.
///
/// Every batch is a function of the seed and its number, and the checkpoint has everything else, so a resumed
/// run equals an unbroken one bit for bit. The best checkpoint is the one with the best score on held-out
/// characters; held-out sources are only evaluated.
public final class MaskTrainer {
  /// The metadata of a checkpoint.
  struct Header: Sendable, Equatable, Codable {
    var step: Int
    var architecture: MaskArchitecture
    var seed: UInt64
    var data: String
    var scores: [String: MaskScore]
  }

  private let settings: MaskTrainSettings
  private let folder: RunFolder
  private let library: MaskLibrary
  private let composer: Composer
  private let digest: String
  private let report: (MaskTrainEvent) -> Void
  private let state: MaskState
  private var done = 0
  private var best = -Double.infinity
  private var measured: [(name: String, composites: [Composite])] = []

  /// Opens the data and resumes from the folder's newest checkpoint.
  ///
  /// - Throws: `MaskDataError`, `MaskTrainError`, `CheckpointError`, `OutputError`, `WriteError`.
  public init(
    data: URL, to folder: RunFolder, settings: MaskTrainSettings,
    report: @escaping @Sendable (MaskTrainEvent) -> Void
  ) throws {
    (self.settings, self.folder, self.report) = (settings, folder, report)
    if let problem = settings.architecture.problem { throw MaskTrainError.architecture(problem) }
    let manifest = try Manifest(data)
    library = try MaskLibrary(manifest, selection: settings.selection) { report(.note($0)) }
    digest = manifest.digest.hex
    composer = Composer(library: library, side: settings.architecture.side, seed: settings.seed)
    try folder.claim()
    state = try MaskState(settings)
    try resume()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    // JSON is valid YAML, so the file can have the same name as the settings of other runs.
    try AtomicFile.write(try encoder.encode(settings), to: folder.settings)
  }

  /// Trains to the last step, or until the task is cancelled; then the current step is saved first.
  ///
  /// - Throws: `MaskTrainError`, `WriteError`, `TensorError`; `CancellationError` once the last step is saved.
  public func run() async throws {
    let counts = library.trainingCounts
    report(
      .began(
        step: done, of: settings.steps, characters: counts.characters, pictures: counts.pictures,
        parameters: state.network.parameters.map(\.count).reduce(0, +)))
    guard done < settings.steps else { return }
    let log = try RunLog(folder.log, keepingUpTo: done)
    var next = batch(done)
    let (start, first) = (ContinuousClock.now, done)
    while done < settings.steps {
      if Task.isCancelled {
        if folder.savedSteps.first != done { try save([:]) }
        throw CancellationError()
      }
      let begun = ContinuousClock.now
      let current = await next.value
      next = batch(done + 1)
      let rate = settings.rate(done + 1)
      let terms = try state.step(current, rate: rate, settings: settings, number: done)
      done += 1
      if let term = terms.first(where: { !$0.value.isFinite }) {
        throw MaskTrainError.diverged(term.key, done)
      }
      let entry = LogEntry(
        step: done, losses: terms, rate: rate, seconds: begun.duration(to: .now).seconds,
        memory: RunLog.peakMemory)
      let isLast = done == settings.steps
      if done <= 20 || done % 20 == 0 || isLast { try log.append(entry) }
      let speed = Double((done - first) * settings.batch) / start.duration(to: .now).seconds
      report(.step(entry, of: settings.steps, rate: speed))
      if done % settings.sampleEvery == 0 || isLast { try sample() }
      if done % settings.saveEvery == 0 || isLast { try save(measure()) }
    }
  }

  private func batch(_ number: Int) -> Task<MaskBatch, Never> {
    Task.detached { [composer, count = settings.batch] in
      MaskBatch((0..<count).map { composer.composite(number * count + $0) }, side: composer.side)
    }
  }

  /// The scores on characters and sources that are held out, on the same composites every time.
  func measure() throws -> [String: MaskScore] {
    if measured.isEmpty {
      var splits: [(String, MaskLibrary.Split)] = [("characters", .heldOutCharacters)]
      splits += library.heldOutSources.map { ($0, .heldOutSource($0)) }
      let fixed = Composer(library: library, side: composer.side, seed: 0x7661_6C69)
      measured = splits.filter { !library.groups($0.1).isEmpty }.map { name, split in
        (name, (0..<settings.validationCount).map { fixed.composite($0, of: split) })
      }
    }
    var scores: [String: MaskScore] = [:]
    let area = composer.side * composer.side
    for (name, composites) in measured {
      var (overlaps, errors): ([Double], [Double]) = ([], [])
      for start in stride(from: 0, to: composites.count, by: 16) {
        let part = Array(composites[start..<min(start + 16, composites.count)])
        let found = try state.alpha(MaskBatch(part, side: composer.side))
        for (index, composite) in part.enumerated() {
          let both = MaskScore.compare(found[index * area..<(index + 1) * area], composite.alpha[...])
          overlaps.append(both.overlap)
          errors.append(both.error)
        }
      }
      scores[name] = MaskScore(overlaps: overlaps, errors: errors)
    }
    return scores
  }

  private func save(_ scores: [String: MaskScore]) throws {
    let header = Header(
      step: done, architecture: settings.architecture, seed: settings.seed, data: digest, scores: scores)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(decoding: try encoder.encode(header), as: UTF8.self)
    let file = Safetensors(tensors: try state.stored(), metadata: ["easel-mask": text])
    try AtomicFile.write(to: folder.checkpoint(step: done)) { writer in
      try file.write { data in try data.withUnsafeBytes { try writer.append($0) } }
    }
    try folder.point(folder.latest, to: done)
    let value = scores["characters"].map { $0.meanIoU + 0.5 * $0.worstTenth }
    let isBest = folder.step(of: folder.best) == nil || (value ?? -.infinity) > best
    if isBest {
      best = value ?? best
      try folder.point(folder.best, to: done)
    }
    if !scores.isEmpty { report(.measured(step: done, scores: scores, isBest: isBest)) }
    let kept = folder.step(of: folder.best)
    for old in folder.savedSteps.dropFirst(2) where old != kept {
      try? FileManager.default.removeItem(at: folder.checkpoint(step: old))
    }
  }

  private func resume() throws {
    for saved in folder.savedSteps {
      do {
        let url = folder.checkpoint(step: saved)
        let file = try Safetensors(contentsOf: url)
        let header = try Self.header(of: file, url)
        // The weights do not depend on the side, so a training can be continued on larger images.
        guard header.architecture.widths == settings.architecture.widths else {
          throw MaskTrainError.otherNetwork(url.path)
        }
        if header.seed != settings.seed || header.data != digest { throw MaskTrainError.otherRun(url.path) }
        try state.restore(file.tensors)
        done = header.step
        if let kept = folder.step(of: folder.best),
          let file = try? Safetensors(contentsOf: folder.checkpoint(step: kept)),
          let header = try? Self.header(of: file, folder.checkpoint(step: kept)),
          header.architecture == settings.architecture, let score = header.scores["characters"]
        {
          best = score.meanIoU + 0.5 * score.worstTenth
        }
        return
      } catch let error as SafetensorsError { report(.note("\(error); trying the one before")) }
    }
  }

  static func header(of file: Safetensors, _ url: URL) throws -> Header {
    guard let text = file.metadata["easel-mask"],
      let header = try? JSONDecoder().decode(Header.self, from: Data(text.utf8))
    else { throw MaskTrainError.foreign(url.path) }
    return header
  }

  /// Writes a sheet of composites with the right alpha and the network's: of training, held-out characters and sources.
  private func sample() throws {
    let splits =
      [MaskLibrary.Split.training, .heldOutCharacters] + library.heldOutSources.map { .heldOutSource($0) }
    let sheet = try MaskSheet.compose(
      splits.filter { !library.groups($0).isEmpty }.map { split in
        (0..<8).map { composer.composite(1_000_000_000 + $0, of: split) }
      }, side: composer.side
    ) { try state.alpha($0) }
    guard let sheet else { return }
    let url = folder.samples(step: done)
    try AtomicFile.write(try sheet.png(), to: url)
    report(.sampled(url))
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// Why a mask network cannot be trained.
public enum MaskTrainError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The shape is invalid; the reason.
  case architecture(String)
  /// A loss term became NaN.
  case diverged(String, Int)
  /// A checkpoint has another shape.
  case otherNetwork(String)
  /// A checkpoint has another seed or other data.
  case otherRun(String)
  /// The file is no checkpoint of a mask training.
  case foreign(String)

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .architecture(let problem): "the network cannot be built: \(problem)"
    case .diverged(let term, let step):
      "\(term) is not a number at step \(step); train to another folder with a lower --learning-rate"
    case .otherNetwork(let path): "\(path) has a network of another shape; train to another folder with --to"
    case .otherRun(let path):
      "\(path) was trained with another seed or on other data; train to another folder with --to"
    case .foreign(let path): "\(path) is no checkpoint of a mask training; choose another folder with --to"
    }
  }
}
