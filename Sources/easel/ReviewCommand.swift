import ArgumentParser
import Dataset
import Foundation
import Ledger
import Review
import Preparation
import Subprocess
import Terminal

/// `easel review`: a local page in which a person decides.
struct ReviewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review",
    abstract: "Open a local page to keep and reject samples.",
    discussion: """
      The page is served on this machine alone. Decisions are in the ledger the moment they are made, stand above the \
      rules, and survive every later run; easel curate puts them into the dataset.
      """)

  @Option(help: "The port; 0 for a free one.") var port: UInt16 = 0
  @Flag(inversion: .prefixedNo, help: "Open the page in a browser.") var open = true
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let settings = try options.load()
    let output = OutputFolder(settings.output)
    guard FileManager.default.fileExists(atPath: output.ledger.path) else {
      throw ReviewCommandError.nothingYet(output.url.path, options.config)
    }
    let ledger = try Ledger(url: output.ledger)
    let rules = Dictionary(uniqueKeysWithValues: Domain.allCases.map { ($0, settings.rules(for: $0)) })
    let server = try ReviewServer(
      output: output, ledger: ledger, port: port, rules: rules,
      editing: ReviewBackend(
        settings: settings, output: output, ledger: ledger, models: options.models.store),
      run: settings.train.run)
    let opensBrowser = open
    try await server.run { address in
      Console.print(address)
      if opensBrowser, Console.isInteractive {
        // Without a desktop there is no browser to open; the address is printed in any case.
        Task.detached {
          _ = try? await Subprocess.run(
            .name("xdg-open"), arguments: [address], output: .discarded, error: .discarded)
        }
      }
    }
  }
}

/// Why there is nothing to review.
enum ReviewCommandError: Error, CustomStringConvertible {
  /// No run has written there.
  case nothingYet(String, String)

  var description: String {
    switch self {
    case .nothingYet(let path, let config):
      "\(path) holds no dataset yet; make one with: easel run \(config)"
    }
  }
}
