import ArgumentParser
import Dataset
import Foundation
import Models
import Preparation
import Terminal

/// Which settings a stage works by, and which models.
struct SettingsOptions: ParsableArguments {
  /// The settings file that is read where none is named.
  static let usual = "datasets.yaml"

  @Option(name: .shortAndLong, help: "The settings file.")
  var config = usual

  @Option(name: .customLong("set"), help: "Override a setting, as in --set train.steps=200; may be repeated.")
  var overrides: [String] = []

  @OptionGroup var models: ModelOptions

  /// The settings in force.
  func load(needsSources: Bool = true) throws -> Settings {
    let settings = try SettingsFile.load(
      URL(fileURLWithPath: config), overrides: overrides, needsSources: needsSources)
    for note in settings.notes { Console.say(note) }
    return settings
  }
}

/// Where models are looked for.
struct ModelOptions: ParsableArguments {
  @Option(help: "A folder with models, looked in before EASEL_MODELS and the cache.")
  var models: String?

  /// The models at hand.
  var store: ModelStore { ModelStore(folder: models.map { URL(fileURLWithPath: $0) }) }
}

extension Stages {
  /// Stages with the flags that all commands share.
  init(_ workspace: Workspace, models: ModelStore, common: CommonOptions, reporter: ConsoleReporter) {
    self.init(
      workspace, models: models, jobs: common.jobCount, dryRun: common.dryRun, reporter: reporter)
  }
}

/// Which part of the sources a command works on.
struct ShardOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "One part of the files: 3/64 is the fourth of 64 (default: all, or a Slurm array's own); then easel gather.",
      valueName: "i/n"))
  var shard: String?

  func validate() throws {
    if let shard, Shard(shard) == nil {
      throw ValidationError("--shard takes i/n with i from 0 to n - 1, such as 3/64, not '\(shard)'")
    }
  }

  /// The task that the command works on; nil for all files.
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
  /// Does `steps` and says what comes next.
  ///
  /// - Throws: What the stages throw; `ExitStatus.itemsLeftOut` if items were skipped.
  func run(_ steps: Set<Step>, reporter: ConsoleReporter) async throws {
    if try await self(steps) == .surveyed {
      reporter.note(
        "the faces of this shard are measured; once all shards are, run easel gather, then the shards again")
    }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }
}
