import ArgumentParser
import Dataset
import Foundation
import MaskEditing
import Preparation
import Terminal

/// `easel edits`: manual corrections of masks.
struct EditsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edits",
    abstract: "Correct masks in any paint program.",
    discussion: """
      export writes a transparent PNG layer for each sample whose mask is flagged, and its crop in under/ as the image to \
      paint over. Paint foreground pure green (0, 255, 0), background red (255, 0, 0) and soft edges such as hair blue \
      (0, 0, 255), and save only the layer under its name. import reads the layers and masks those samples again. Edits \
      are stored in edits/ in the output and applied by every later run. offer copies a corrected mask to similar frames \
      and near copies.
      """,
    subcommands: [ExportEditsCommand.self, ImportEditsCommand.self, OfferEditsCommand.self])
}

/// `easel edits export`.
struct ExportEditsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write layers to paint on, for edited samples and samples with a flagged mask.")

  @Argument(help: "The folder for the layers.") var folder: String
  @Argument(help: "Only these samples: IDs, the first characters of IDs, or paths of images.") var samples:
    [String] = []
  @Flag(help: "Write a layer for every sample.") var all = false
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if all && !samples.isEmpty { throw ValidationError("--all cannot be combined with named samples") }
  }

  func run() async throws {
    if common.dryRun {
      Console.say("edits export: would write layers and crops to \(folder)")
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
    commandName: "import", abstract: "Read painted layers, and mask their samples again.")

  @Argument(help: "The folder with painted layers.") var folder: String
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard FolderScan.isFolder(folder) else { throw ValidationError("\(folder) is not a folder") }
  }

  func run() async throws {
    if common.dryRun {
      Console.say("edits import: would read \(FolderScan(folder).files.count) files of \(folder)")
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
