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
      export writes a transparent PNG for each sample whose mask is flagged, and under/ the crop to paint above. Paint \
      foreground pure green (0, 255, 0), background red (255, 0, 0) and soft edges such as hair blue (0, 0, 255), and save \
      that layer alone under its name. import reads the layers and masks those samples again. Edits are stored in edits/ \
      under the output and applied by every later run. offer copies a corrected mask to frames and copies that show nearly \
      the same picture.
      """,
    subcommands: [ExportEditsCommand.self, ImportEditsCommand.self, OfferEditsCommand.self])
}

/// `easel edits export`.
struct ExportEditsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write layers to paint on, for edited samples and samples with a flagged mask.")

  @Argument(help: "The folder for the layers.") var folder: String
  @Argument(help: "Only these samples: identities, their beginnings, or paths of images.") var samples:
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
    reporter.stageStarted(.mask, total: nil)
    reporter.stageFinished(
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
      reporter.stageFinished(summary)
    } else {
      try await Stages(workspace, models: options.models.store, common: common, reporter: reporter)
        .mask(only: changed)
    }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }
}
