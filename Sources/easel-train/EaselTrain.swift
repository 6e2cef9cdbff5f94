import ArgumentParser
import Dataset
import Terminal

/// The program `easel-train`, with which `easel` replaces itself for the commands that need libtorch.
@main struct EaselTrain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "easel-train",
    abstract: "Train U-GAT-IT or photo2cartoon on a dataset, and translate images with the result.",
    discussion: """
      These are the training commands of easel. On a training server, this program needs neither easel nor OpenCV.

      Exit status: 0 done; 1 failed; 2 done, but items were skipped or failed; 64 wrong usage.
      """,
    version: Release.version,
    subcommands: [
      TrainCommand.self, TranslateCommand.self, EvaluateCommand.self, ExportWeightsCommand.self,
      TrainMaskCommand.self, ExportMaskCommand.self, LearnMaskCommand.self,
      BenchmarkCommand.self, CheckDeviceCommand.self,
    ])

  static func main() async { await EaselTrain.runAndExit() }
}
