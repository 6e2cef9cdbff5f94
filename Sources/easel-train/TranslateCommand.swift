import ArgumentParser
import Dataset
import Foundation
import Tensors
import Terminal
import Train

/// `easel translate`.
struct TranslateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "translate",
    abstract: "Turn pictures of one domain into the other.",
    usage: """
      easel translate IN... --run RUN --to DIR [--direction AtoB|BtoA]
      easel translate IN... --weights FILE --to DIR
      """,
    discussion: """
      IN are face crops, framed and masked like the training images; easel translate --prepare makes them from raw \
      photos first. A picture of the network's size is used as it is. Results keep relative paths and stems.
      """)

  @Argument(help: ArgumentHelp("Files and folders.", valueName: "in")) var inputs: [String]
  @Option(name: .customLong("run"), help: "The folder of the run (default: the one of the settings file).")
  var runFolder: String?
  @Option(help: "A checkpoint of another trainer, .pt or safetensors, instead of a run.") var weights: String?
  @Option(help: "The folder that results go to.") var to: String
  @Option(help: "AtoB or BtoA.", transform: TranslateCommand.direction) var direction = Direction.aToB
  @Option(help: "The step whose checkpoint is used (default: the newest).") var step: Int?
  @Flag(help: "Use the best checkpoint rather than the newest.") var best = false
  @Option(help: "The side for weights that fit every side (default: 256).") var size: Int?
  @Option(help: "Pictures at a time.") var batch = 1
  @Flag(name: .customLong("side-by-side"), help: "Put the input beside its translation.") var sideBySide =
    false
  @Flag(help: "Put where the network looks beside the translation.") var cam = false
  @OptionGroup var location: RunLocation
  @OptionGroup var common: CommonOptions

  private static func direction(_ text: String) throws -> Direction {
    guard let direction = Direction(rawValue: text) else {
      throw ValidationError("--direction takes AtoB or BtoA, not '\(text)'")
    }
    return direction
  }

  func validate() throws {
    if runFolder != nil && weights != nil { throw ValidationError("give --run or --weights, not both") }
    if !(1...256).contains(batch) { throw ValidationError("--batch takes 1 to 256") }
  }

  func run() async throws {
    try Torch.setThreads(common.jobCount)
    let translator: Translator
    if let weights {
      translator = try Translator(weights: URL(fileURLWithPath: weights), direction: direction, side: size)
    } else {
      let folder =
        try runFolder.map { RunFolder(URL(fileURLWithPath: $0)) } ?? location.run(location.load(mustExist: true))
      translator = try Translator(run: folder, step: step, best: best, direction: direction)
    }
    let files = PlainInputs(inputs)
    if common.dryRun {
      Console.say("translate: would translate \(files.files.count) files into \(to)")
      return
    }
    var look = Translator.Look()
    (look.besides, look.showsAttention) = (sideBySide, cam)
    let reporter = common.makeReporter()
    _ = try translator.translate(
      files, to: URL(fileURLWithPath: to), batch: batch, look: look, reporter: reporter)
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }
}
