import ArgumentParser
import Dataset
import Foundation
import Tensors
import Terminal
import Train
import Translate

/// `easel evaluate`.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a run on its test images.",
    usage: """
      easel evaluate [DATASET] [--run RUN] [--step N|all] [--best]
      easel evaluate DATASET --run RUN --compare RUN2
      """,
    discussion: """
      cycle is the mean absolute difference between an image and its cycle (A to B to A), identity the one between an \
      image and the output of its own domain's generator (pixels in -1 to 1). distance is how far translations are from \
      the target domain in colours and edges, with the standard error; smaller is better. Compare it with the \
      untranslated images and with the noise floor, the distance between two halves of one domain. It uses no network \
      and is not comparable to the KID of papers.
      """)

  @Argument(help: "The dataset (default: the output of the settings file).") var dataset: String?
  @Option(name: .customLong("run"), help: "The folder of the run (default: the one in the settings file).")
  var runFolder: String?
  @Option(help: "The step of the checkpoint, or all (default: the newest).") var step: String?
  @Flag(help: "Measure the best checkpoint instead of the newest.") var best = false
  @Option(help: "Another run to measure on the same images.") var compare: String?
  @Option(help: "The maximum number of images of each domain.") var limit = 100
  @Flag(
    name: .customLong("training-images"), help: "Measure training images, for a dataset without test images.")
  var trainingImages = false
  @Option(
    help: ArgumentHelp(
      "Add KID and FID with the features in FILE: inception=FILE (as in papers) or efficientnet-lite0=FILE.",
      valueName: "network=FILE"))
  var features: String?
  @Option(help: "auto, cpu, cuda or cuda:n.") var device = "auto"
  @OptionGroup var location: RunLocation
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if step != nil && best { throw ValidationError("give --step or --best, not both") }
    if let step, step != "all", Int(step).map({ $0 < 0 }) ?? true {
      throw ValidationError("--step must be a number or all, not '\(step)'")
    }
    if !(2...100_000).contains(limit) { throw ValidationError("--limit must be from 2 to 100000") }
  }

  func run() throws {
    try Torch.setThreads(common.jobCount)
    let settings = try location.load(mustExist: dataset == nil || runFolder == nil)
    let folder = runFolder.map { RunFolder(URL(fileURLWithPath: $0)) } ?? location.run(settings)
    let data = dataset.map { URL(fileURLWithPath: $0) } ?? settings.output
    var options = Evaluation.Options()
    (options.limit, options.usesTrainingImages) = (limit, trainingImages)
    options.device = try Device(named: device)
    options.features = try features.map(featureFile)
    if let file = options.features?.file, !common.quiet {
      Console.say("evaluate: features of \(file.path), SHA-256 \(try Digest(ofFile: file).hex)")
    }
    let runs = [folder] + (compare.map { [RunFolder(URL(fileURLWithPath: $0))] } ?? [])
    var results: [(run: RunFolder, result: Evaluation)] = []
    for run in runs {
      let steps: [Int?] = step == "all" ? run.savedSteps.reversed() : [step.flatMap { Int($0) }]
      for step in steps {
        let result = try Evaluation.measure(
          run: run, step: step, best: best, dataset: data, options: options)
        if common.json { Console.print(result.json) }
        results.append((run, result))
      }
    }
    if !common.json {
      Console.print(table(results, severalRuns: runs.count > 1).text)
      for line in kernelLines(results) { Console.print(line) }
    }
  }

  private func featureFile(_ text: String) throws -> (network: ImageFeatures.Network, file: URL) {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, let network = ImageFeatures.Network(rawValue: parts[0]) else {
      throw ValidationError("--features must be inception=FILE or efficientnet-lite0=FILE, not '\(text)'")
    }
    return (network, URL(fileURLWithPath: parts[1]))
  }

  /// KID and FID of each checkpoint, one line each.
  private func kernelLines(_ results: [(run: RunFolder, result: Evaluation)]) -> [String] {
    guard let name = results.first?.result.features, let network = ImageFeatures.Network(rawValue: name)
    else {
      return []
    }
    func line(_ title: String, _ distance: KernelDistance?) -> String {
      guard let distance else { return "\(title): too few images" }
      return title
        + String(
          format: ": \(network.distanceName) x 100 %.3f ± %.3f, FID %.2f", distance.kid * 100,
          distance.deviation * 100, distance.fid)
    }
    var lines = results.flatMap { run, result in
      ["AtoB", "BtoA"].map {
        line("step \(result.step) of \(run.url.lastPathComponent), \($0)", result.kernel?[$0])
      }
    }
    if let result = results.first?.result {
      lines.append(line("untranslated, A against B", result.kernel?["untranslated"]))
    }
    return lines
  }

  /// A row for each checkpoint.
  private func table(_ results: [(run: RunFolder, result: Evaluation)], severalRuns: Bool) -> TextTable {
    func cell(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "-" }
    func cell(_ estimate: FeatureDistance.Estimate?) -> String {
      guard let estimate else { return "-" }
      return cell(estimate.value) + (estimate.spread.map { " ± " + cell($0) } ?? "")
    }
    var table = TextTable(
      [
        "checkpoint", "images", "distance AtoB", "distance BtoA", "cycle A", "cycle B", "identity A",
        "identity B",
      ])
    for (run, result) in results {
      let name = "step \(result.step)" + (severalRuns ? " of \(run.url.lastPathComponent)" : "")
      table.add([
        name, "\(result.images["A"] ?? 0) + \(result.images["B"] ?? 0) \(result.split)",
        cell(result.distance["AtoB"]), cell(result.distance["BtoA"]), cell(result.cycle["A"]),
        cell(result.cycle["B"]), cell(result.identity["A"]), cell(result.identity["B"]),
      ])
    }
    if let result = results.first?.result {
      table.add(["untranslated", "", cell(result.untranslated), cell(result.untranslated), "", "", "", ""])
      table.add([
        "noise floor", "", cell(result.noiseFloor["B"]), cell(result.noiseFloor["A"]), "", "", "", "",
      ])
    }
    return table
  }
}
