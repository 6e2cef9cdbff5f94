import Translate
import ArgumentParser
import Dataset
import Foundation
import Terminal
import Train

/// `easel export-weights`.
struct ExportWeightsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export-weights",
    abstract: "Write a run's networks as the published trainers read them.",
    usage: "easel export-weights --run RUN --to FILE.pt|FILE.safetensors [--generator-only AtoB|BtoA]",
    discussion: """
      A .pt file is what UGATIT-pytorch and photo2cartoon save: one state dict a network, under genA2B, genB2A, disGA, \
      disGB, disLA and disLB. In a safetensors file these names stand before the keys.
      """)

  @Option(name: .customLong("run"), help: "The folder of the run (default: the one of the settings file).")
  var runFolder: String?
  @Option(help: "The step whose checkpoint is taken (default: the newest).") var step: Int?
  @Flag(help: "Take the best checkpoint rather than the newest.") var best = false
  @Option(help: "The file to write; its name tells the format.") var to: String
  @Option(
    name: .customLong("generator-only"),
    help: "AtoB or BtoA: write this generator alone, enough to translate.",
    transform: Direction.written)
  var generatorOnly: Direction?
  @OptionGroup var location: RunLocation
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if step != nil && best { throw ValidationError("give --step or --best, not both") }
    guard WeightsExport.Format(URL(fileURLWithPath: to)) != nil else {
      throw ValidationError("--to takes a name that ends in .pt, .pth or .safetensors, not '\(to)'")
    }
  }

  func run() throws {
    let url = URL(fileURLWithPath: to)
    guard let format = WeightsExport.Format(url) else { return }
    let run =
      try runFolder.map { RunFolder(URL(fileURLWithPath: $0)) }
      ?? location.run(location.load(mustExist: true))
    let export = try WeightsExport(run: run, step: step, best: best, generator: generatorOnly)
    let names = export.names.joined(separator: ", ")
    if common.dryRun {
      Console.say("export-weights: would write \(names) of step \(export.step) to \(to)")
      return
    }
    try export.write(format, to: url)
    var notes: [String] = []
    if export.isAveraged { notes.append("the generators are the run's moving averages, as in translate") }
    if export.architecture.compatibility == .tensorflow {
      notes.append(
        "the networks compute as the TensorFlow original does, which the PyTorch trainers' code does not")
    }
    if common.json {
      Console.print(Written(path: to, step: export.step, networks: export.names, notes: notes).json)
    } else if !common.quiet {
      Console.say("export-weights: \(names) of step \(export.step) are in \(to)")
      for note in notes { Console.say("  \(note)") }
    }
  }

  /// The line of `--json`.
  private struct Written: Encodable {
    var event = "weights"
    var path: String
    var step: Int
    var networks: [String]
    var notes: [String]
  }
}
