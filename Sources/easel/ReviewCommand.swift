import ArgumentParser
import Dataset
import Foundation
import Ledger
import Review
import Preparation
import Subprocess
import Terminal

/// `easel review`: opens a local page to accept and reject samples.
struct ReviewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review",
    abstract: "Open a local page to accept and reject samples.",
    discussion: """
      The page is served on this machine only. Every decision is saved at once, overrides the rules and is kept in every \
      later run; easel curate applies it to the dataset. With --run, the page shows the training in a run folder, which \
      may have been trained on a plain folder.
      """)

  @Option(help: "The port; 0 for a free one.") var port: UInt16 = 0
  @Option(
    name: .customLong("run"), help: "The folder of a training run (default: the one in the settings).")
  var shownRun: String?
  @Flag(inversion: .prefixedNo, help: "Open the page in a browser.") var open = true
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let shown = try Self.folder(of: shownRun)
    // A run on a plain folder has no settings file and no dataset, so the page shows no samples.
    let isOnlyRun = shown != nil && !FileManager.default.fileExists(atPath: options.file)
    let temporary = FileManager.default.temporaryDirectory
      .appendingPathComponent("easel-review-\(UUID().uuidString)", isDirectory: true)
    defer { if isOnlyRun { try? FileManager.default.removeItem(at: temporary) } }
    let settings = isOnlyRun ? Settings(output: temporary) : try options.load()
    let output = OutputFolder(settings.output)
    if isOnlyRun { try output.claim() }
    guard isOnlyRun || FileManager.default.fileExists(atPath: output.ledger.path) else {
      throw ReviewCommandError.nothingYet(output.url.path, options.file)
    }
    let ledger = try Ledger(url: output.ledger)
    let trained = shown ?? settings.train.run ?? settings.output.appendingPathComponent("run")
    let hasSamples = try Domain.allCases.contains { try ledger.sampleCount(of: $0) > 0 }
    // A run alone is shown too.
    guard isOnlyRun || hasSamples || FileManager.default.fileExists(atPath: trained.path) else {
      throw ReviewCommandError.nothingYet(output.url.path, options.file)
    }
    let rules = Dictionary(uniqueKeysWithValues: Domain.allCases.map { ($0, settings.rules(for: $0)) })
    let server = try ReviewServer(
      output: output, ledger: ledger, port: port, rules: rules,
      name: isOnlyRun ? shown?.lastPathComponent : settings.name,
      editing: ReviewBackend(
        settings: settings, output: output, ledger: ledger, models: options.models.store),
      learner: isOnlyRun
        ? nil
        : ReviewLearner(
          settings: settings, output: output, ledger: ledger, models: options.models.store,
          trainer: TrainerLauncher.trainer),
      settings: isOnlyRun ? nil : WritableSettings(URL(fileURLWithPath: options.file)),
      run: shown ?? settings.train.run, trial: TranslationTrial(models: options.models.models))
    let opensBrowser = open
    try await server.run { address in
      Console.print(address)
      if opensBrowser, Console.isInteractive {
        // Without a desktop this fails; the address is printed in any case.
        Task.detached {
          _ = try? await Subprocess.run(
            .name("xdg-open"), arguments: [address], output: .discarded, error: .discarded)
        }
      }
    }
  }
}

extension ReviewCommand {
  /// The folder of the run at `path`.
  ///
  /// - Throws: `ReviewCommandError.noRun` if there is no such folder.
  private static func folder(of path: String?) throws -> URL? {
    guard let path else { return nil }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      throw ReviewCommandError.noRun(path)
    }
    return URL(fileURLWithPath: path, isDirectory: true)
  }
}

/// The reason why there is nothing to review.
enum ReviewCommandError: Error, CustomStringConvertible {
  /// The folder of the training run does not exist.
  case noRun(String)
  /// The output contains no dataset.
  case nothingYet(String, String)

  var description: String {
    switch self {
    case .noRun(let path): "\(path) is not a folder; --run must be the folder of a training run"
    case .nothingYet(let path, let config):
      "\(path) contains no dataset yet; make one with: easel run \(config)"
    }
  }
}
