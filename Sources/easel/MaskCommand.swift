import ArgumentParser
import Dataset
import Foundation
import Mask
import Models
import Preparation
import Terminal

/// `easel mask`: figures out of their backgrounds.
struct MaskCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mask",
    abstract: "Remove backgrounds.",
    discussion: """
      Without IN the crops of the settings file's output are masked. With IN and --to files and folders of face crops \
      are masked into a plain folder, under their own relative paths and stems; where their faces are is looked for, and \
      whether they are photographed or drawn.
      """)

  @Argument(help: ArgumentHelp("Files and folders of face crops.", valueName: "in")) var inputs: [String] = []
  @Option(help: "The folder that the results of IN go to.") var to: String?
  @Option(help: "auto, parts, segment, color-model, alpha or none.") var method: String = "auto"
  @Option(help: "The network of segment: sinet, or an ONNX file's name or path.") var model: String = "sinet"
  @Option(help: "What IN shows, photo or anime (default: told by the faces).") var domain: CropCommand.Kind?
  @Option(help: "white, transparent or #rrggbb.") var background: String = "white"
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if inputs.isEmpty != (to == nil) { throw ValidationError("give both IN and --to, or neither") }
    guard MaskSettings.Method(rawValue: method) != nil else {
      let names = MaskSettings.Method.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--method takes \(names), not '\(method)'")
    }
    guard Background(background) != nil else {
      throw ValidationError("--background takes white, transparent, keep or #rrggbb, not '\(background)'")
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
      let workspace = try Workspace(try options.load(), checkSources: false, dryRun: common.dryRun)
      summary = try await Stages(workspace, models: store, common: common, reporter: reporter).mask()
    }
    if common.dryRun { for note in summary.notes { Console.print("mask: \(note)") } }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }
}
