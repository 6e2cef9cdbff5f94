import ArgumentParser
import Foundation
import MaskModel
import MaskTraining
import Tensors
import Terminal

/// `easel learn-mask`.
struct LearnMaskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn-mask",
    abstract: "Fine-tune the built-in mask network on corrected masks.",
    usage: "easel learn-mask --samples LIST.tsv --to FOLDER",
    discussion: """
      LIST.tsv has the columns crop, mask, x0, y0, x1, y1 and id: the paths of a crop and of its mask, the face's box in \
      pixels of the crop (empty if unknown), and a name for the image.

      A quarter of the images is not trained on. record.json in FOLDER contains the scores on them before and after; \
      network.weights is written only if the fine-tuned network is better. To undo it, delete FOLDER.

      Exit status: 0 the fine-tuned network is used; 2 it is not better and is not used; 1 failed.
      """)

  @Option(help: "The table of corrected masks.") var samples: String
  @Option(help: "The folder of the fine-tuned network.") var to: String
  @Option(help: "The weights to start from (default: the built-in network).") var from: String?
  @Option(help: "The number of steps.") var steps = 900
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (1...100_000).contains(steps) else {
      throw ValidationError("--steps must be from 1 to 100000, not \(steps)")
    }
  }

  func run() throws {
    // A second thread loses much time if the machine is busy.
    try Torch.setThreads(common.jobs ?? 1)
    let weights =
      try from.map { try MaskWeights(Data(contentsOf: URL(fileURLWithPath: $0))) }
      ?? BuiltInMaskNetwork.weights()
    let say: (String) -> Void = { text in if !common.quiet { Console.say("learn-mask: \(text)") } }
    let masks = try CorrectedMask.read(URL(fileURLWithPath: samples), report: say)
    var learning = MaskLearning()
    learning.steps = steps
    if common.dryRun {
      Console.print("\(masks.count) corrected masks, \(steps) steps, into \(to)")
      return
    }
    let record = try learning.run(masks, from: weights, to: URL(fileURLWithPath: to), report: say)
    if common.json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      Console.print(String(decoding: try encoder.encode(record), as: UTF8.self))
    } else {
      say("before: \(record.before.text)")
      say("after: \(record.after.text)")
      say(
        record.used
          ? "the fine-tuned network is better and is used from now on" : "it is not better and is not used")
    }
    if !record.used { throw ExitStatus.itemsLeftOut }
  }
}
