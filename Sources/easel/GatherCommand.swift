import ArgumentParser
import Dataset
import Foundation
import Preparation
import Terminal

/// `easel gather`: joins the shards of a preparation into one dataset.
struct GatherCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gather",
    abstract: "Join the shards of a preparation into one dataset.",
    discussion: """
      OUT is the output folder in the settings of the shards (easel run --shard 3/64). The dataset is the same as from one \
      run on one machine. Unfinished shards are listed in the format of Slurm's --array=; a task that was killed can be \
      run again.

      With framing: matched, the shards first measure all faces. gather then computes the framing, the shards run again to \
      crop, and a second gather joins them.
      """)

  @Argument(help: "The dataset's folder.") var out: String
  @Flag(help: "Print the numbers of the unfinished shards, such as 3,17-20; join nothing.")
  var missing = false
  @Option(
    name: .shortAndLong,
    help: "The settings file for curation (default: the settings of the shards).")
  var config: String?
  @Option(name: .customLong("set"), help: "Override a setting of --config; may be repeated.")
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
        "the faces of all shards are measured and the framing is computed: run the shards again, then easel gather"
      )
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
