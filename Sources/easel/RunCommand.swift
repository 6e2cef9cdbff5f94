import ArgumentParser
import Crop
import Dataset
import Foundation
import Preparation
import Review
import Terminal

/// `easel run`: runs all stages in sequence.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Crop, mask and curate the sources of datasets.yaml; with --train, train on the result.",
    discussion:
      "Work of an earlier run is not repeated. The command can be stopped at any time; the next run continues."
  )

  @Argument(help: "The settings file (default: the value of --config).") var file: String?
  @Flag(help: "Train on the result.") var train = false
  @OptionGroup var part: ShardOptions
  @Flag(help: "Only check sources, models, output and disk space, and report problems.") var check = false
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    var options = options
    if let file { options.config = file }
    let settings = try options.load()
    let reporter = common.makeReporter()
    if check || common.dryRun {
      let ledger = try Workspace(settings, checkSources: false, dryRun: true).ledger
      let preflight = try Preflight(
        settings, models: options.models.store, ledger: ledger, looksAtExamples: check)
      for finding in preflight.findings {
        Console.say("\(finding.isError ? "error" : "warning"): \(finding.sentence)")
      }
      Console.print("run: \(preflight.plan.sentence), into \(settings.output.path)")
      if preflight.hasErrors { throw ExitStatus.failure }
      return
    }
    if let task = try part.task(
      settings, models: options.models.store, common: common, reporter: reporter)
    {
      guard !train else {
        throw ValidationError(
          "--train needs the whole dataset: join the shards with easel gather, then train")
      }
      try await task.run([.crop, .mask, .measure], reporter: reporter)
      return
    }
    let workspace = try Workspace(settings)
    let preflight = try Preflight(
      settings, models: options.models.store, ledger: workspace.ledger, looksAtExamples: true)
    if let failure = preflight.failure { throw failure }
    for finding in preflight.findings { reporter.note("warning: \(finding.sentence)") }
    let stages = Stages(workspace, models: options.models.store, common: common, reporter: reporter)
    try await stages.crop()
    try await stages.mask()
    try await stages.curate()
    try await Tiles.make(
      in: workspace.output, ledger: workspace.ledger,
      editing: ReviewBackend(
        settings: settings, output: workspace.output, ledger: workspace.ledger, models: options.models.store),
      jobs: common.jobCount, minimum: 1000
    ) { missing in reporter.note("review: making \(missing) small images for the review page") }
    if !common.quiet, !common.json {
      Console.say("report: \(workspace.output.report.path)")
    }
    if train {
      // The trainer is another program and finds models by this variable.
      if let folder = options.models.models { setenv("EASEL_MODELS", folder, 1) }
      try TrainerLauncher.exec(arguments: Self.training(options, common, hasSkipped: reporter.hasLeftOut))
    }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }
}

extension RunCommand {
  /// The arguments of `easel-train` after the stages.
  ///
  /// - Parameters:
  ///   - options: The settings file and its overrides.
  ///   - common: The options that all commands share.
  ///   - hasSkipped: Whether the stages skipped items, so that the exit status must be 2.
  /// - Returns: The arguments, beginning with the subcommand.
  static func training(
    _ options: SettingsOptions, _ common: CommonOptions, hasSkipped: Bool
  ) -> [String] {
    var arguments = ["train", "--config", options.file]
    for override in options.overrides { arguments += ["--set", override] }
    if let jobs = common.jobs { arguments += ["--jobs", "\(jobs)"] }
    if common.json { arguments.append("--json") }
    if common.quiet { arguments.append("--quiet") }
    if common.verbose { arguments.append("--verbose") }
    if hasSkipped { arguments.append("--items-skipped") }
    return arguments
  }
}
