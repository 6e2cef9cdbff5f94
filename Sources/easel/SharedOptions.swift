import ArgumentParser
import Dataset
import Foundation
import Models
import Preparation
import Terminal

/// The options for settings and models.
struct SettingsOptions: ParsableArguments {
  /// The settings file that is read if none is named.
  static let usual = "datasets.yaml"

  @Option(name: .shortAndLong, help: "The settings file (default: datasets.yaml).")
  var config: String?

  @Option(name: .customLong("set"), help: "Override a setting, as in --set train.steps=200; may be repeated.")
  var overrides: [String] = []

  @OptionGroup var models: ModelOptions

  /// The path of the settings file.
  var file: String { config ?? Self.usual }

  /// Reads the settings, applies the overrides, and prints notes about outdated words.
  func load(needsSources: Bool = true) throws -> Settings {
    let settings = try SettingsFile.load(
      URL(fileURLWithPath: file), overrides: overrides, needsSources: needsSources)
    for note in settings.notes { Console.say(note) }
    return settings
  }
}

/// The option for the folder of models.
struct ModelOptions: ParsableArguments {
  @Option(help: "A folder with models, searched before EASEL_MODELS and the cache.")
  var models: String?

  /// The model store that searches the folder first.
  var store: ModelStore { ModelStore(folder: models.map { URL(fileURLWithPath: $0) }) }
}

extension Stages {
  /// Stages with the options that all commands share.
  init(_ workspace: Workspace, models: ModelStore, common: CommonOptions, reporter: ConsoleReporter) {
    self.init(
      workspace, models: models, jobs: common.jobCount, dryRun: common.dryRun, reporter: reporter)
  }
}

/// The option for one shard of the sources.
struct ShardOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Process one shard of the files: 3/64 is the fourth of 64 (default: all files, or the shard of a Slurm array task).",
      valueName: "i/n"))
  var shard: String?

  func validate() throws {
    if let shard, Shard(shard) == nil {
      throw ValidationError("--shard must be i/n with i from 0 to n - 1, such as 3/64, not '\(shard)'")
    }
  }

  /// The shard to process; nil for all files.
  ///
  /// - Throws: `ShardError`, `OutputError`, `WriteError`.
  func task(
    _ settings: Settings, models: ModelStore, common: CommonOptions, reporter: ConsoleReporter
  ) throws -> ShardTask? {
    let own = try ShardedRun.shard(
      shard.flatMap { Shard($0) }, settings: settings, environment: ProcessInfo.processInfo.environment)
    return try own.map { shard, first in
      try ShardTask(
        settings, shard: shard, first: first, models: models, jobs: common.jobCount, reporter: reporter)
    }
  }
}

extension ShardTask {
  /// Runs `steps` and reports what the user must do next.
  ///
  /// - Throws: What the stages throw; `ExitStatus.itemsLeftOut` if items were skipped.
  func run(_ steps: Set<Step>, reporter: ConsoleReporter) async throws {
    if try await self(steps) == .surveyed {
      reporter.note(
        "the faces of this shard are measured; after all shards, run easel gather, and then the shards again")
    }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }
}
