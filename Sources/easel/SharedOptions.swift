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
