import ArgumentParser
import Dataset
import Foundation
import Preparation
import Terminal

/// `easel gather`: the shards of a preparation to one dataset.
struct GatherCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gather",
    abstract: "Join the shards of a preparation into one dataset.",
    discussion: """
      OUT is the output of the settings that the shards were prepared with (easel run --shard 3/64). The dataset is the \
      same as that of one run on one machine. Shards that are not done are named as Slurm's --array= takes them; a task \
      that was killed is simply run again.

      With framing: matched, shards first look at all faces; gather then solves the framing, the shards are run again to \
      cut, and gather joins them.
      """)

  @Argument(help: "The dataset's folder.") var out: String
  @Flag(help: "Print the numbers of the shards that still have to run, such as 3,17-20, and join nothing.")
  var missing = false
  @Option(
    name: .shortAndLong,
    help: "A settings file to curate by (default: the settings that the shards were prepared with).")
  var config: String?
  @Option(name: .customLong("set"), help: "With --config, override a setting; may be repeated.")
  var overrides: [String] = []
  @OptionGroup var models: ModelOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if config == nil, !overrides.isEmpty { throw ValidationError("--set needs --config") }
  }

  func run() async throws {
    let settings = try config.map {
      try SettingsFile.load(URL(fileURLWithPath: $0), overrides: overrides, needsSources: false)
    }
    let gather = try ShardGather(OutputFolder(URL(fileURLWithPath: out)), settings: settings)
    let reporter = common.makeReporter()
    switch try gather.progress() {
    case .missing(let numbers):
      guard missing || common.dryRun else { throw ShardError.missing(numbers, of: gather.run) }
      Console.print(gather.run.array(numbers))
      return
    case .framingSolved:
      reporter.note(
        "the faces of all shards are known, so each can solve the same framing: run them again, then gather")
      if missing { Console.print(gather.run.array(Array(0..<gather.run.shards))) }
      return
    case .complete: break
    }
    if missing { return }
    if common.dryRun {
      Console.print("gather: would join \(gather.run.shards) shards into \(out)")
      return
    }
    let workspace = try await gather.join(models: models.store, jobs: common.jobCount, reporter: reporter)
    if !common.quiet, !common.json { Console.say("report: \(workspace.output.report.path)") }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }
}
