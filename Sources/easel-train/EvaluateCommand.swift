import Translate
import ArgumentParser
import Dataset
import Foundation
import Tensors
import Terminal
import Train

/// `easel evaluate`.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a run on its test images.",
    discussion: """
      cycle: mean absolute difference of an image and its way there and back; identity: of an image and what its own \
      domain's generator makes of it (pixels in -1 to 1). distance: how far translations are from the target domain in \
      colours and edges, beside what doing nothing gives; lower is nearer. It needs no network and is not the KID of papers.
      """)

  @Argument(help: "The dataset (default: the output of the settings file).") var dataset: String?
  @Option(name: .customLong("run"), help: "The folder of the run (default: the one of the settings file).")
  var runFolder: String?
  @Flag(help: "Measure the best checkpoint rather than the newest.") var best = false
  @Option(help: "The most images of each domain.") var limit = 100
  @OptionGroup var location: RunLocation
  @OptionGroup var common: CommonOptions

  func run() throws {
    try Torch.setThreads(common.jobCount)
    let settings = try location.load(mustExist: dataset == nil || runFolder == nil)
    let folder = runFolder.map { RunFolder(URL(fileURLWithPath: $0)) } ?? location.run(settings)
    let data = dataset.map { URL(fileURLWithPath: $0) } ?? settings.output
    let result = try Evaluation.measure(run: folder, dataset: data, best: best, limit: max(1, limit))
    if common.json {
      Console.print(result.json)
      return
    }
    var table = TextTable(["step \(result.step)", "A", "B"])
    func cell(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "-" }
    table.add(["images", "\(result.images["A"] ?? 0)", "\(result.images["B"] ?? 0)"])
    table.add(["cycle", cell(result.cycle["A"]), cell(result.cycle["B"])])
    table.add(["identity", cell(result.identity["A"]), cell(result.identity["B"])])
    table.add(["distance after translation", cell(result.distance["AtoB"]), cell(result.distance["BtoA"])])
    table.add(["distance without", cell(result.untranslated), cell(result.untranslated)])
    Console.print(table.text)
  }
}
