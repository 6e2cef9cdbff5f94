import ArgumentParser
import Dataset
import Foundation
import Mask
import MaskEditing
import Models
import Preparation
import Terminal

/// `easel mask`: removes backgrounds.
struct MaskCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mask",
    abstract: "Remove the backgrounds of face crops.",
    discussion: """
      Without IN, the crops of the dataset are masked. With IN and --to, files and folders of face crops are masked into a \
      plain folder, with the same relative paths and stems; faces are detected first. --learn fine-tunes the built-in \
      network on the masks that were corrected or accepted in this dataset.
      """)

  @Argument(help: ArgumentHelp("Files and folders of face crops.", valueName: "in")) var inputs: [String] = []
  @Option(help: "The folder for the results of IN.") var to: String?
  @Option(help: "auto, network, color-model, segment, parts, alpha or none.") var method: String = "auto"
  @Option(help: "The network of segment: sinet, or an ONNX file's name or path.") var model: String = "sinet"
  @Option(help: "The kind of images in IN, photo or anime (default: by the detected faces).") var domain:
    CropCommand.Kind?
  @Flag(
    help:
      "Fine-tune the built-in network on this dataset's corrected masks; use the result if it is better."
  )
  var learn = false
  @Flag(help: "Delete the fine-tuned network and use the built-in one again.") var forget = false
  @Option(help: "white, transparent or #rrggbb.") var background: String = "white"
  @OptionGroup var part: ShardOptions
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if learn || forget, !inputs.isEmpty {
      throw ValidationError("--learn and --forget work on a dataset; leave out IN and --to")
    }
    if learn && forget { throw ValidationError("--learn and --forget cannot be combined") }
    if inputs.isEmpty != (to == nil) { throw ValidationError("give both IN and --to, or neither") }
    if to != nil, part.shard != nil {
      throw ValidationError("--shard works only on the sources of a settings file; leave out IN and --to")
    }
    guard MaskSettings.Method(rawValue: method) != nil else {
      let names = MaskSettings.Method.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--method must be one of \(names), not '\(method)'")
    }
    guard Background(background) != nil else {
      throw ValidationError("--background must be white, transparent, keep or #rrggbb, not '\(background)'")
    }
  }

  func run() async throws {
    let reporter = common.makeReporter()
    let store = options.models.store
    let summary: StageSummary
    if let note = MaskSettings.Method.note(on: method), !common.quiet { Console.say(note) }
    if let to, let method = MaskSettings.Method(rawValue: method), let background = Background(background) {
      var masker = MaskFolder(inputs, to: URL(fileURLWithPath: to))
      (masker.method, masker.model, masker.background) = (method, model, background)
      (masker.jobs, masker.dryRun) = (common.jobCount, common.dryRun)
      let search = try HeadSearch(domain?.domain, models: store)
      masker.findHead = { try search() }
      summary = try await masker.run(
        reporter: reporter, models: { try store.segmentation($0) })
    } else {
      let settings = try options.load()
      if !common.dryRun,
        let task = try part.task(settings, models: store, common: common, reporter: reporter)
      {
        try await task.run([.mask], reporter: reporter)
        return
      }
      let workspace = try Workspace(settings, checkSources: false, dryRun: common.dryRun)
      let stages = Stages(workspace, models: store, common: common, reporter: reporter)
      if !common.dryRun, try await !changeNetwork(stages, reporter) { return }
      summary = try await stages.mask()
    }
    if common.dryRun { for note in summary.notes { Console.print("mask: \(note)") } }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }

  /// Fine-tunes the dataset's network for --learn, or deletes it for --forget.
  ///
  /// - Returns: Whether the crops must be masked afterwards.
  private func changeNetwork(_ stages: Stages, _ reporter: ConsoleReporter) async throws -> Bool {
    if learn {
      guard let trainer = TrainerLauncher.trainer else { throw TrainerError.missing }
      let learning = MaskLearning(of: stages.maskStage, trainer: trainer, reporter: reporter)
      return try await learning.run()
    }
    if forget {
      let was = LearnedMaskNetwork(stages.maskStage.output).forget()
      reporter.note(
        was
          ? "the fine-tuned network was deleted; the built-in one is used again"
          : "this dataset has no fine-tuned network")
      return was
    }
    return true
  }
}
