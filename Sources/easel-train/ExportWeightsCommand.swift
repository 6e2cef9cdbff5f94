import ArgumentParser
import Dataset
import Foundation
import Terminal
import Train
import Translate

/// `easel export-weights`.
struct ExportWeightsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export-weights",
    abstract: "Write a run's networks in the published trainers' format, or a generator as ONNX.",
    usage: """
      easel export-weights --run RUN --to FILE.pt|FILE.safetensors [--generator-only AtoB|BtoA]
      easel export-weights --run RUN|--weights FILE.pt --to FILE.onnx [--generator-only AtoB|BtoA] [--free-size]
      """,
    discussion: """
      A .pt file has the layout of UGATIT-pytorch and photo2cartoon: one state dict for each network, under genA2B, \
      genB2A, disGA, disGB, disLA and disLB. In a safetensors file these names are prefixes of the keys.

      An .onnx file is one generator (AtoB by default) in float32, operator set 12. Its input and its output are \
      (1, 3, height, width): red, green and blue as sample / 127.5 - 1.
      """)

  /// The kinds of files.
  enum FileFormat: String, CaseIterable, ExpressibleByArgument {
    case pt, safetensors, onnx

    init?(ofName name: String) {
      switch URL(fileURLWithPath: name).pathExtension.lowercased() {
      case "pt", "pth": self = .pt
      case "safetensors": self = .safetensors
      case "onnx": self = .onnx
      default: return nil
      }
    }
  }

  @Option(name: .customLong("run"), help: "The folder of the run (default: the one of the settings file).")
  var runFolder: String?
  @Option(help: "ONNX only: a weights file of any published trainer, instead of a run.") var weights: String?
  @Option(help: "The step of the checkpoint (default: the newest).") var step: Int?
  @Flag(help: "Use the best checkpoint instead of the newest.") var best = false
  @Option(help: "The file to write.") var to: String
  @Option(help: "pt, safetensors or onnx (default: by the file's name).") var format: FileFormat?
  @Option(
    name: .customLong("generator-only"),
    help: "AtoB or BtoA: write only this generator, which is enough to translate.",
    transform: Direction.written)
  var generatorOnly: Direction?
  @Flag(help: "ONNX only: leave the number of images, their height and their width free.")
  var freeSize = false
  @OptionGroup var location: RunLocation
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if step != nil && best { throw ValidationError("give --step or --best, not both") }
    if weights != nil && (runFolder != nil || step != nil || best) {
      throw ValidationError("--weights cannot be combined with --run, --step or --best")
    }
    guard let format = format ?? FileFormat(ofName: to) else {
      throw ValidationError(
        "--to must end in .pt, .pth, .safetensors or .onnx, unlike '\(to)'; or give --format")
    }
    if format != .onnx && (weights != nil || freeSize) {
      throw ValidationError("--weights and --free-size need --format onnx")
    }
  }

  func run() throws {
    guard let format = format ?? FileFormat(ofName: to) else { return }
    switch format {
    case .onnx: try writeGraph()
    case .pt: try writeWeights(.torch)
    case .safetensors: try writeWeights(.safetensors)
    }
  }

  private func chosenRun() throws -> RunFolder {
    try runFolder.map { RunFolder(URL(fileURLWithPath: $0)) }
      ?? location.run(location.load(mustExist: true))
  }

  /// Writes one generator as ONNX.
  private func writeGraph() throws {
    let direction = generatorOnly ?? .aToB
    let generator =
      try weights.map { try TrainedGenerator(weights: URL(fileURLWithPath: $0), direction: direction) }
      ?? TrainedGenerator(run: chosenRun(), step: step, best: best, direction: direction)
    let side = generator.architecture.side
    let size = freeSize ? "any size" : "\(side) x \(side) pixels"
    let what = "\(direction.network), \(generator.architecture.model.rawValue), for \(size)"
    if common.dryRun {
      Console.say("export-weights: would write \(what) to \(to)")
      return
    }
    try generator.writeONNX(to: URL(fileURLWithPath: to), hasFreeSize: freeSize)
    if common.json {
      let written = Written(path: to, step: generator.step, networks: [direction.network], notes: [])
      Console.print(written.json)
    } else if !common.quiet {
      Console.say("export-weights: wrote \(what) to \(to)")
    }
  }

  /// Writes networks as the published trainers do.
  private func writeWeights(_ format: WeightsExport.Format) throws {
    let export = try WeightsExport(run: chosenRun(), step: step, best: best, generator: generatorOnly)
    let names = export.names.joined(separator: ", ")
    if common.dryRun {
      Console.say("export-weights: would write \(names) of step \(export.step) to \(to)")
      return
    }
    try export.write(format, to: URL(fileURLWithPath: to))
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
    var step: Int?
    var networks: [String]
    var notes: [String]
  }
}
