import ArgumentParser
import Dataset
import Foundation
import Train

/// The options that locate the settings file and the run.
struct RunLocation: ParsableArguments {
  @Option(name: .shortAndLong, help: "The settings file (default: datasets.yaml).") var config: String?
  @Option(name: .customLong("set"), help: "Override a setting, as in --set train.steps=200; may be repeated.")
  var overrides: [String] = []

  /// The settings file that is read if none is named.
  static let defaultConfig = "datasets.yaml"

  /// The settings; the defaults if the file does not exist and `mustExist` is false.
  func load(mustExist: Bool) throws -> Settings {
    let url = URL(fileURLWithPath: config ?? RunLocation.defaultConfig)
    if !mustExist, !FileManager.default.fileExists(atPath: url.path) {
      return try SettingsFile.defaults(overrides: overrides)
    }
    return try SettingsFile.load(url, overrides: overrides, needsSources: false)
  }

  /// The run folder of the settings.
  func run(_ settings: Settings) -> RunFolder {
    RunFolder(settings.train.run ?? settings.output.appendingPathComponent("run"))
  }
}
