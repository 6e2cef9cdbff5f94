import ArgumentParser
import Dataset
import Foundation
import Ledger
import Models
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

/// An output folder that this process may write, with its ledger and settings; for a dry run, one that it only reads.
struct Workspace {
  let settings: Settings
  let output: OutputFolder
  let ledger: Ledger
  private let lock: RunLock?
  private let copy: LedgerCopy?

  /// Checks the sources, takes the output folder and opens its ledger; in a dry run, a copy of that.
  init(_ settings: Settings, checkSources: Bool = true, dryRun: Bool = false) throws {
    if checkSources { try settings.validateSources() }
    self.settings = settings
    output = OutputFolder(settings.output)
    if dryRun {
      let copy = try LedgerCopy(of: output.ledger)
      (self.copy, lock) = (copy, nil)
      ledger = try Ledger(url: copy.url)
      return
    }
    try output.claim()
    let lock = try RunLock(output)
    if lock.wasInterrupted { output.removeLeftovers() }
    (copy, self.lock) = (nil, lock)
    ledger = try Ledger(url: output.ledger)
  }
}
