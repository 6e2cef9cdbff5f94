import ArgumentParser
import Crop
import Dataset
import Foundation
import Preparation
import Terminal

/// `easel run`: all stages, one after the other.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Crop, mask and curate what datasets.yaml names; with --train, train on the result.",
    discussion: "What an earlier run did is not done again. Stop it at any time; the next run goes on.")

  @Argument(help: "The settings file (default: the one of --config).") var file: String?
  @Flag(help: "Train on the result.") var train = false
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    var options = options
    if let file { options.config = file }
    let settings = try options.load()
    let reporter = common.makeReporter()
    if common.dryRun {
      let (files, closed) = CropStage.plan(settings)
      Console.print("run: \(files) files to go through, into \(settings.output.path)")
      for folder in closed { Console.say("\(folder): the folder may not be opened") }
      return
    }
    let workspace = try Workspace(settings)
    let stages = Stages(workspace, models: options.models.store, common: common, reporter: reporter)
    try await stages.crop()
    try await stages.mask()
    try await stages.curate()
    if !common.quiet, !common.json {
      Console.say("report: \(workspace.output.report.path)")
    }
    if train {
      // The trainer is another program and finds models by the same variable as this one.
      if let folder = options.models.models { setenv("EASEL_MODELS", folder, 1) }
      try TrainerLauncher.exec(arguments: Self.training(options, common, hasSkipped: reporter.hasLeftOut))
    }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }
}

extension RunCommand {
  /// What `easel-train` is started with after the stages.
  ///
  /// - Parameters:
  ///   - options: The settings file and what overrides it.
  ///   - common: How much is printed, and how many items are worked on at a time.
  ///   - hasSkipped: Whether the stages skipped items, which the exit status says in the end.
  /// - Returns: Its arguments.
  static func training(
    _ options: SettingsOptions, _ common: CommonOptions, hasSkipped: Bool
  ) -> [String] {
    var arguments = ["train", "--config", options.config]
    for override in options.overrides { arguments += ["--set", override] }
    if let jobs = common.jobs { arguments += ["--jobs", "\(jobs)"] }
    if common.json { arguments.append("--json") }
    if common.quiet { arguments.append("--quiet") }
    if common.verbose { arguments.append("--verbose") }
    if hasSkipped { arguments.append("--items-skipped") }
    return arguments
  }
}
