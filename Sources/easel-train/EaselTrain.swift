import ArgumentParser
import Terminal

/// The training half of `easel`, which becomes it for `train`, `translate`, `evaluate` and `export-weights`.
@main struct EaselTrain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "easel-train",
    abstract: "Train U-GAT-IT or photo2cartoon on a dataset, and translate pictures with the result.",
    discussion: """
      These are the commands train, translate, evaluate and export-weights of easel; on a training server this program \
      needs neither easel nor OpenCV.

      Exit status: 0 done; 1 failed; 2 done, with items skipped or failed; 64 wrong usage.
      """,
    version: "0.1.0",
    subcommands: [
      TrainCommand.self, TranslateCommand.self, EvaluateCommand.self, ExportWeightsCommand.self,
      TrainMaskCommand.self, ExportMaskCommand.self, LearnMaskCommand.self,
    ])

  static func main() async { await EaselTrain.runAndExit() }
}
