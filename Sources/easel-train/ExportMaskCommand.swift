import ArgumentParser
import Dataset
import Foundation
import MaskModel
import MaskTraining
import ONNX
import Terminal
import Train

/// `easel export-mask`.
struct ExportMaskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export-mask",
    abstract: "Write the network of a mask training to a file.",
    usage: "easel export-mask --run RUN --to FILE.weights|FILE.onnx [--newest]",
    discussion: """
      A .weights file contains half-precision numbers; it is the format of the built-in network and of a dataset's \
      fine-tuned network. An .onnx file contains the same network in single precision, operator set 12.
      """)

  @Option(name: .customLong("run"), help: "The folder of the run of train-mask.") var runFolder: String
  @Option(help: "The file to write; its extension decides the format.") var to: String
  @Flag(help: "Use the newest checkpoint instead of the best.") var newest = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard ["weights", "onnx"].contains(URL(fileURLWithPath: to).pathExtension) else {
      throw ValidationError("--to must be a name that ends in .weights or .onnx, not '\(to)'")
    }
  }

  func run() throws {
    let url = URL(fileURLWithPath: to)
    let export = try MaskExport(RunFolder(URL(fileURLWithPath: runFolder)), newest: newest)
    if common.dryRun {
      Console.say("export-mask: would write the network of step \(export.step) to \(to)")
      return
    }
    let data = url.pathExtension == "onnx" ? export.weights.graph.encoded() : export.weights.data
    try AtomicFile.write(data, to: url)
    guard !common.quiet else { return }
    Console.say("export-mask: wrote the network of step \(export.step) to \(to), \(data.count) bytes")
    for (name, score) in export.scores.sorted(by: { $0.key < $1.key }) {
      Console.say("  \(name): \(score.text)")
    }
  }
}
