import ArgumentParser
import Curate
import Dataset
import Foundation
import Ledger
import PublishedDataset
import Report
import Preparation
import Terminal

/// `easel curate`: writes the clean dataset, with a reason for each rejected image.
struct CurateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "curate",
    abstract: "Measure images, remove duplicates, split, and write the dataset.",
    discussion: """
      Without IN, the cutouts in the settings file's output become the dataset. With IN and --to, files and folders of \
      face crops become a dataset of one domain in a folder of its own. Its rules are those under curate of the file \
      that --config names, or the default ones; --set overrides both.
      """)

  @Argument(help: ArgumentHelp("Files and folders of face crops.", valueName: "in")) var inputs: [String] = []
  @Option(help: "The output folder for the dataset of IN.") var to: String?
  @Option(help: "What IN shows: photo (domain A) or anime (domain B).") var domain: CropCommand.Kind = .photo
  @Option(help: "The side of the dataset's images in pixels (default: 256).") var size: Int?
  @Option(
    help: ArgumentHelp(
      "Print everything that is known about one image; change nothing.", valueName: "file"))
  var explain: String?
  @Flag(
    help:
      "Print how many samples each rule of the settings and of the presets would reject alone; change nothing."
  )
  var whatIf = false
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if whatIf, explain != nil || !inputs.isEmpty {
      throw ValidationError("--what-if cannot be combined with IN or --explain")
    }
    if whatIf { return }
    if explain != nil {
      if !inputs.isEmpty { throw ValidationError("--explain cannot be combined with IN") }
      return
    }
    if inputs.isEmpty != (to == nil) { throw ValidationError("give both IN and --to, or neither") }
    guard (64...2048).contains(size ?? 256), (size ?? 256) % 16 == 0 else {
      throw ValidationError("--size takes a multiple of 16 from 64 to 2048")
    }
  }

  func run() async throws {
    if let explain {
      try printStory(of: explain)
      return
    }
    if whatIf {
      try printLimits()
      return
    }
    let reporter = common.makeReporter()
    if let to {
      let settings = try plainSettings(output: to)
      if common.dryRun {
        Console.print(
          "curate: would curate \(PlainInputs(inputs, excluding: URL(fileURLWithPath: to)).files.count) files into \(to)"
        )
        return
      }
      let workspace = try Workspace(settings, checkSources: false)
      let imported = try await PlainFolder(
        settings: settings, domain: domain.domain, output: workspace.output, ledger: workspace.ledger,
        jobs: common.jobCount
      ).importImages(inputs.map { URL(fileURLWithPath: $0) })
      try await Stages(workspace, models: options.models.store, common: common, reporter: reporter)
        .curate(unusable: imported.unusable)
    } else {
      let workspace = try Workspace(try options.load(), checkSources: false, dryRun: common.dryRun)
      try await Stages(workspace, models: options.models.store, common: common, reporter: reporter).curate()
    }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }

  /// The settings for a dataset of plain folders.
  private func plainSettings(output: String) throws -> Settings {
    var settings = try SettingsFile.defaults(overrides: options.overrides)
    // The default settings file in the current folder is for another dataset, so only a named file is used.
    if options.config != nil {
      settings.curate = try options.load(needsSources: false).curate
    }
    settings.output = URL(fileURLWithPath: output)
    if let size { settings.size = size }
    settings.domains = [
      domain.domain: settings.domains[domain.domain] ?? DomainSettings(domain: domain.domain)
    ]
    return settings
  }

  /// Prints what each rule would reject, from the published dataset.
  private func printLimits() throws {
    let settings = try shownSettings()
    let output = OutputFolder(settings.output)
    let samples = try ManifestFile.read(output.metadata) + ManifestFile.read(output.rejected)
    var trials: [LimitTrial] = []
    for domain in Domain.allCases {
      let own = samples.filter { $0.domain == domain }
      trials += LimitTrial.all(domain, rules: settings.rules(for: domain), samples: own)
    }
    if common.json { return trials.forEach { Console.print($0.json) } }
    var table = TextTable(["domain", "measure", "keeps", "rules of", "would reject"])
    // A preset's rule that rejects nothing is no news.
    let shown = trials.filter { $0.rejected > 0 || $0.isOwn }
    for trial in shown {
      table.add([
        trial.domain.rawValue, trial.rule.measure.rawValue, trial.rule.limits,
        trial.origins.joined(separator: ", "),
        "\(trial.rejected) of \(trial.count)",
      ])
    }
    Console.print(table.text)
    if shown.count < trials.count {
      Console.print("\(trials.count - shown.count) more rules of the presets would reject nothing.")
    }
  }

  /// The settings of the dataset in `--to`, or those of the settings file.
  private func shownSettings() throws -> Settings {
    guard let to else { return try options.load() }
    let file = OutputFolder(URL(fileURLWithPath: to)).settings
    var settings =
      FileManager.default.fileExists(atPath: file.path)
      ? try SettingsFile.load(file, overrides: options.overrides, needsSources: false)
      : Settings(output: file)
    settings.output = URL(fileURLWithPath: to)
    return settings
  }

  /// Prints what is known about one image of the settings' dataset, or of the dataset in `--to`.
  private func printStory(of name: String) throws {
    let settings = try shownSettings()
    let output = OutputFolder(settings.output)
    guard FileManager.default.fileExists(atPath: output.ledger.path) else {
      throw DatasetError.notPublished(output.ledger.path)
    }
    let stories = try Explanation(settings: settings, output: output, ledger: try Ledger(url: output.ledger))
      .stories(of: name)
    if common.json {
      for story in stories { Console.print(story.json) }
    } else {
      Console.print(stories.map { $0.lines.joined(separator: "\n") }.joined(separator: "\n\n"))
    }
  }
}

/// `easel report`: writes only the report.
struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write a dataset's report again and print its path.")

  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let settings = try options.load()
    if common.dryRun {
      Console.print("report: would write \(OutputFolder(settings.output).report.path)")
      return
    }
    let workspace = try Workspace(settings, checkSources: false)
    try await DatasetReport.write(output: workspace.output, ledger: workspace.ledger, jobs: common.jobCount)
    Console.print(workspace.output.report.path)
  }
}
