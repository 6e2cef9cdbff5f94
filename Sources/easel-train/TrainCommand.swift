import ArgumentParser
import Dataset
import Foundation
import Imaging
import Tensors
import Terminal
import Train

/// `easel train`.
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train U-GAT-IT or photo2cartoon on a dataset.",
    usage: """
      easel train [--config datasets.yaml] [--set train.steps=200]
      easel train DATASET --to RUN
      """,
    discussion: """
      Without DATASET the output of the settings file is trained on. A run that was stopped goes on by itself where its \
      last checkpoint is; Ctrl-C saves one first.

      The losses of such networks say little: look at the sample sheets.
      """)

  @Argument(help: "A folder with trainA, trainB and, if there are any, testA and testB.") var dataset: String?
  @Option(help: "The folder of the run.") var to: String?
  @Option(help: "The side to train at, a multiple of 16 (default: the dataset's).") var size: Int?
  @Option(help: "ugatit, ugatit-light, photo2cartoon or photo2cartoon-full.") var model: String?
  @Option(help: "How many steps the run has.") var steps: Int?
  @Option(help: "auto, cpu, cuda or cuda:n.") var device: String?
  @Option(help: "fp32 or bf16.") var precision: String?
  @Flag(name: .customLong("accept-dataset"), help: "Go on though the dataset's images have changed.")
  var acceptDataset = false
  @Flag(
    name: .customLong("items-skipped"),
    help: ArgumentHelp("End with status 2: the preparation has skipped items.", visibility: .private))
  var itemsSkipped = false
  @OptionGroup var location: RunLocation
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if dataset != nil && to == nil { throw ValidationError("give the run's folder with --to") }
  }

  func run() async throws {
    var location = location
    for (key, value) in [
      ("size", size.map(String.init)), ("model", model), ("steps", steps.map(String.init)),
      ("device", device),
      ("precision", precision),
    ] {
      if let value { location.overrides.append("train.\(key)=\(value)") }
    }
    let settings = try location.load(mustExist: dataset == nil)
    let folder = to.map { RunFolder(URL(fileURLWithPath: $0)) } ?? location.run(settings)
    let data = dataset.map { URL(fileURLWithPath: $0) } ?? settings.output
    try Torch.setThreads(common.jobCount)
    let side = settings.train.size ?? TrainingSide.infer(from: data) ?? settings.size
    if common.dryRun {
      Console.print(
        "\(settings.train.model.rawValue), side \(side), \(settings.train.steps) steps on \(data.path), into \(folder.url.path)"
      )
      return
    }
    let screen = TrainScreen(common)
    let trainer = try await Trainer(
      dataset: data, to: folder, side: side, settings: settings.train, settingsText: settings.yaml,
      acceptsDataset: acceptDataset, report: { screen.show($0) })
    do {
      let summary = try await trainer.run()
      screen.end(summary, folder)
    } catch {
      screen.clear()
      throw error
    }
    if itemsSkipped { throw ExitStatus.itemsLeftOut }
  }
}
