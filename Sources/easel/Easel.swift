import ArgumentParser
import Dataset
import Imaging
import Terminal

/// The program `easel`; each subcommand is in its own file.
@main struct Easel: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "easel",
    abstract: "Turn photos and anime into a clean two-domain dataset, and train U-GAT-IT on it.",
    discussion: """
      Write a datasets.yaml (easel init), run the stages (easel run), check the report and the review page, and train \
      (easel train). Each stage also has its own command, which uses the same file or works on plain folders.

      Exit status: 0 done; 1 failed; 2 done, but items were skipped or failed; 64 wrong usage.
      """,
    version: Release.version,
    groupedSubcommands: [
      CommandGroup(
        name: "Dataset",
        subcommands: [
          InitCommand.self, CaptureCommand.self, RunCommand.self, CropCommand.self, MaskCommand.self,
          EditsCommand.self, CurateCommand.self, GatherCommand.self, ReportCommand.self, ReviewCommand.self,
          ExportCommand.self,
        ]),
      CommandGroup(
        name: "Training (done by easel-train)",
        subcommands: [
          TrainCommand.self, TranslateCommand.self, EvaluateCommand.self, ExportWeightsCommand.self,
          TrainMaskCommand.self, LearnMaskCommand.self, ExportMaskCommand.self,
          BenchmarkCommand.self, CheckDeviceCommand.self,
        ]),
      CommandGroup(name: "Machine", subcommands: [ModelsCommand.self, DoctorCommand.self]),
    ])

  static func main() async {
    DecoderHeaps.limit()
    await Easel.runAndExit()
  }
}
