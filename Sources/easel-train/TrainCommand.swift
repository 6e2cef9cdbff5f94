import ArgumentParser
import Dataset
import Foundation
import Imaging
import Tensors
import Terminal
import Train

#if canImport(Glibc)
  import Glibc
#endif

/// `easel train`.
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train U-GAT-IT or photo2cartoon on a dataset.",
    usage: """
      easel train [--config datasets.yaml] [--set train.steps=200]
      easel train DATASET --to RUN
      """,
    discussion: """
      Without DATASET, the dataset is the output of the settings file. A stopped run resumes from its last checkpoint; \
      Ctrl-C saves one first. With DATASET, a resumed run uses the settings in RUN/settings.yaml.

      Under torchrun or srun, all processes train together, each on its own GPU; see docs/scale.md.

      The losses of GANs say little about the result: look at the sample sheets.
      """)

  @Argument(help: "A folder with trainA, trainB and optionally testA and testB.") var dataset: String?
  @Option(help: "The folder of the run.") var to: String?
  @Option(help: "The side of the training images in pixels, a multiple of 16 (default: the dataset's).")
  var size: Int?
  @Option(help: "ugatit, ugatit-light, photo2cartoon or photo2cartoon-full.") var model: String?
  @Option(help: "The number of steps of the run.") var steps: Int?
  @Option(help: "auto, cpu, cuda or cuda:n.") var device: String?
  @Option(help: "fp32 or bf16.") var precision: String?
  @Flag(name: .customLong("accept-dataset"), help: "Continue although the dataset's images have changed.")
  var acceptDataset = false
  @Flag(
    name: .customLong("items-skipped"),
    help: ArgumentHelp("End with status 2, because the preparation skipped items.", visibility: .private))
  var itemsSkipped = false
  @OptionGroup var location: RunLocation
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if dataset != nil && to == nil { throw ValidationError("give the run's folder with --to") }
  }

  /// The settings of the settings file; for a named dataset, those of the run in `--to` or the defaults.
  private func settings(_ location: RunLocation, isQuiet: Bool) throws -> Settings {
    guard dataset != nil, location.config == nil, let to else {
      return try location.load(mustExist: dataset == nil)
    }
    let saved = RunFolder(URL(fileURLWithPath: to)).settings
    if FileManager.default.fileExists(atPath: saved.path) {
      if !isQuiet { Console.say("train: resuming with the settings in \(saved.path)") }
      return try SettingsFile.load(saved, overrides: location.overrides, needsSources: false)
    }
    if !isQuiet, FileManager.default.fileExists(atPath: RunLocation.defaultConfig) {
      Console.say(
        "train: \(RunLocation.defaultConfig) is not used, because DATASET is given; use it with --config "
          + RunLocation.defaultConfig)
    }
    return try SettingsFile.defaults(overrides: location.overrides)
  }

  /// Reports the settings that differ from those of the run's last start.
  private func reportChanges(_ settings: TrainSettings, _ folder: RunFolder) {
    guard !folder.savedSteps.isEmpty,
      let old = try? SettingsFile.load(folder.settings, needsSources: false).train
    else { return }
    let changes = settings.changes(from: old)
    guard !changes.isEmpty else { return }
    Console.say("train: changed since the last start: \(changes.joined(separator: ", "))")
    if settings.steps != old.steps, settings.decay {
      Console.say(
        "train: the learning rate now decreases from step \(settings.steps / 2) to step \(settings.steps)")
    }
    if settings.batch != old.batch || settings.accumulate != old.accumulate {
      Console.say("train: because the batch size changed, images are drawn in another order from now on")
    }
  }

  func run() async throws {
    guard let place = try RankEnvironment(ProcessInfo.processInfo.environment), !common.dryRun else {
      return try await train(with: nil)
    }
    let ranks = try RankGroup(place) { loss in
      // Another thread waits for a call that cannot be ended.
      Console.say("error: rank \(place.rank): \(loss)")
      _exit(ExitStatus.failure.rawValue)
    }
    do {
      try await train(with: ranks)
      ranks.leave()
    } catch {
      ranks.leave(error)
      throw error is CancellationError && !ranks.isFirst ? ExitStatus.interrupted : error
    }
  }

  /// Trains alone, or as one of several processes, of which only rank 0 prints anything but errors.
  private func train(with ranks: RankGroup?) async throws {
    var location = location
    for (key, value) in [
      ("size", size.map(String.init)), ("model", model), ("steps", steps.map(String.init)),
      ("device", device),
      ("precision", precision),
    ] {
      if let value { location.overrides.append("train.\(key)=\(value)") }
    }
    let isQuiet = common.quiet || ranks?.isFirst == false
    var settings = try self.settings(location, isQuiet: isQuiet)
    let folder = to.map { RunFolder(URL(fileURLWithPath: $0)) } ?? location.run(settings)
    // The settings that are saved with the run name its dataset.
    if let dataset { settings.output = URL(fileURLWithPath: dataset).absoluteURL }
    let data = settings.output
    // The processes of one machine share its cores.
    try Torch.setThreads(common.jobs ?? common.jobCount / (ranks?.place.localSize ?? 1))
    let side =
      settings.train.size ?? folder.savedSide ?? TrainingSide.infer(from: data) ?? settings.size
    settings.train.size = side
    if !isQuiet { reportChanges(settings.train, folder) }
    if common.dryRun {
      Console.print(
        "\(settings.train.model.rawValue), side \(side), \(settings.train.steps) steps on \(data.path), into \(folder.url.path)"
      )
      return
    }
    let screen = ranks?.isFirst == false ? nil : TrainScreen(common)
    let trainer = try await Trainer(
      dataset: data, to: folder, side: side, settings: settings.train, settingsText: settings.yaml,
      acceptsDataset: acceptDataset, ranks: ranks, report: { screen?.show($0) })
    do {
      let summary = try await trainer.run()
      screen?.end(summary, folder)
    } catch {
      screen?.clear()
      throw error
    }
    if itemsSkipped { throw ExitStatus.itemsLeftOut }
  }
}
