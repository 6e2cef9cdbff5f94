import ArgumentParser
import Dataset
import Foundation
import Mask
import Terminal

/// `easel edits`: masks mended by hand.
struct EditsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edits",
    abstract: "Paint over masks in any paint program.",
    discussion: """
      export writes a transparent PNG for each sample whose mask looks wrong, and under/ the crop to paint above. Paint \
      pure green (0, 255, 0) what to keep, red (255, 0, 0) what to remove, blue (0, 0, 255) where the edge is soft, such \
      as hair, and save that layer alone under its name. import takes the layers in and masks those samples again. \
      Edits lie in edits/ under the output and are applied by every later run. offer carries a corrected mask over to \
      neighbouring frames that show nearly the same.
      """,
    subcommands: [ExportEditsCommand.self, ImportEditsCommand.self, OfferEditsCommand.self])
}

/// `easel edits export`.
struct ExportEditsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write layers to paint on: of edited samples and of those whose mask looks wrong.")

  @Argument(help: "The folder that layers go to.") var folder: String
  @Argument(help: "Samples instead: identities, their beginnings, or paths of images.") var samples:
    [String] = []
  @Flag(help: "Write a layer for every sample.") var all = false
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if all && !samples.isEmpty { throw ValidationError("--all and named samples exclude each other") }
  }

  func run() async throws {
    if common.dryRun {
      Console.say("edits export: would write layers and the crops under them to \(folder)")
      return
    }
    let workspace = try Workspace(try options.load(), checkSources: false)
    let reporter = common.makeReporter()
    let exchange = EditExchange(output: workspace.output, ledger: workspace.ledger, reporter: reporter)
    reporter.began(.mask, total: nil)
    reporter.ended(
      try exchange.export(
        all ? .all : samples.isEmpty ? .needed : .named(samples), to: URL(fileURLWithPath: folder)))
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }
}

/// `easel edits import`.
struct ImportEditsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Take painted layers in, and mask their samples again.")

  @Argument(help: "The folder with painted layers.") var folder: String
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard FolderScan.isFolder(folder) else { throw ValidationError("\(folder) is no folder") }
  }

  func run() async throws {
    if common.dryRun {
      Console.say("edits import: would go through \(FolderScan(folder).files.count) files of \(folder)")
      return
    }
    let workspace = try Workspace(try options.load(), checkSources: false)
    let reporter = common.makeReporter()
    let exchange = EditExchange(output: workspace.output, ledger: workspace.ledger, reporter: reporter)
    let (summary, changed) = try exchange.importLayers(from: URL(fileURLWithPath: folder))
    if changed.isEmpty {
      reporter.ended(summary)
    } else {
      try await Stages(workspace, models: options.models.store, common: common, reporter: reporter)
        .mask(only: changed)
    }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }
}
