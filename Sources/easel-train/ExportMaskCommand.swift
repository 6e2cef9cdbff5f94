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
    abstract: "Write the network of a mask training for use.",
    usage: "easel export-mask --run RUN --to FILE.weights|FILE.onnx [--newest]",
    discussion: """
      A .weights file holds half-precision numbers and is what easel compiles in or finds beside a dataset. An .onnx file is \
      the same network in single precision, operator set 12.
      """)

  @Option(name: .customLong("run"), help: "The folder of the run of train-mask.") var runFolder: String
  @Option(help: "The file to write; its name tells the format.") var to: String
  @Flag(help: "Take the newest checkpoint rather than the best.") var newest = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard ["weights", "onnx"].contains(URL(fileURLWithPath: to).pathExtension) else {
      throw ValidationError("--to takes a name that ends in .weights or .onnx, not '\(to)'")
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
    Console.say("export-mask: the network of step \(export.step) is in \(to), \(data.count) bytes")
    for (name, score) in export.scores.sorted(by: { $0.key < $1.key }) {
      Console.say("  \(name): \(score.text)")
    }
  }
}
