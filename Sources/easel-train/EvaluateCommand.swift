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
      easel evaluate DATASET --run RUN --step all --picture curve.svg
      easel evaluate DATASET --run RUN --compare RUN2
      easel evaluate FOLDER --against FOLDER2
      """,
    discussion: """
      The distance of translations from the target domain has its standard error; smaller is better. It is KID-lite if \
      that network is installed (easel models fetch efficientnet-lite0), else a distance of colors and edges; only \
      --features inception=FILE is comparable to the KID and FID of papers. Compare it with the untranslated images \
      and with the noise floor, the distance between two halves of one domain.

      cycle is the mean absolute difference between an image and its cycle (A to B to A), identity the one between an \
      image and the output of its own domain's generator (pixels in -1 to 1). recognition is the share of other inputs \
      that resemble a translation less than its own input does: 1 is best, 0.5 is chance. structure is the correlation \
      of the edges of input and translation: it falls if faces move or change their pose.
      """)

  @Argument(help: "The dataset (default: the one that the run was trained on).") var dataset: String?
  @Option(name: .customLong("run"), help: "The folder of the run (default: the one in the settings file).")
  var runFolder: String?
  @Option(help: "The step of the checkpoint, or all (default: the newest).") var step: String?
  @Flag(help: "Measure the best checkpoint instead of the newest.") var best = false
  @Option(help: "Another run to measure on the same images.") var compare: String?
  @Option(
    help: ArgumentHelp(
      "Measure the distance between the images of DATASET, then a plain folder, and this folder, without a run.",
      valueName: "folder"))
  var against: String?
  @Option(help: "The maximum number of images of each domain.") var limit = 1000
  @Flag(
    name: .customLong("training-images"), help: "Measure training images, for a dataset without test images.")
  var trainingImages = false
  @Option(
    help: ArgumentHelp(
      "auto (KID-lite if it is installed), none, inception=FILE (KID and FID as in papers) or efficientnet-lite0=FILE.",
      valueName: "network=FILE"))
  var features = "auto"
  @Option(
    help: ArgumentHelp(
      "Compare persons by this MobileFaceNet (default: train.face of the run, else the features of the distance).",
      valueName: "file"))
  var face: String?
  @Option(
    help: ArgumentHelp(
      "Write a chart of the distances and translations of each checkpoint to this SVG file.",
      valueName: "file"))
  var picture: String?
  @Option(help: "auto, cpu, cuda or cuda:n.") var device = "auto"
  @OptionGroup var location: RunLocation
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if step != nil && best { throw ValidationError("give --step or --best, not both") }
    if let step, step != "all", Int(step).map({ $0 < 0 }) ?? true {
      throw ValidationError("--step must be a number or all, not '\(step)'")
    }
    if against != nil && (dataset == nil || runFolder != nil || compare != nil) {
      throw ValidationError("--against needs a folder of images before it, and no run")
    }
    if !(2...100_000).contains(limit) { throw ValidationError("--limit must be from 2 to 100000") }
  }

  func run() throws {
    try Torch.setThreads(common.jobCount)
    if let against, let dataset {
      let (measure, note) = try DistanceMeasure.named(features, device: Device(named: device))
      if let note, !common.quiet { Console.say("evaluate: \(note)") }
      let result = try FolderDistance(
        URL(fileURLWithPath: dataset), URL(fileURLWithPath: against), measure: measure)
      return common.json ? printJSON(result) : Console.print(result.text)
    }
    let named = runFolder.map { RunFolder(URL(fileURLWithPath: $0)) }
    let data = dataset.map { URL(fileURLWithPath: $0) } ?? trainedDataset(named)
    let settings = try location.load(mustExist: data == nil || named == nil)
    let folder = named ?? location.run(settings)
    var options = Evaluation.Options()
    (options.limit, options.usesTrainingImages) = (limit, trainingImages)
    options.device = try Device(named: device)
    let (measure, note) = try DistanceMeasure.named(features, device: options.device)
    options.measure = measure
    if let note, !common.quiet { Console.say("evaluate: \(note)") }
    options.shown = picture == nil ? 0 : 6
    var rows: [EvaluationPicture.Row] = []
    let runs = [folder] + (compare.map { [RunFolder(URL(fileURLWithPath: $0))] } ?? [])
    for run in runs {
      options.face = face.map { URL(fileURLWithPath: $0) } ?? trainedFace(run)
      let steps: [Int?] = step == "all" ? run.savedSteps.reversed() : [step.flatMap { Int($0) }]
      if steps.isEmpty { _ = try run.openCheckpoint(networks: []) }
      for step in steps {
        let (result, shown) = try Evaluation.measure(
          run: run, step: step, best: best, dataset: data ?? settings.output, options: options)
        if common.json { Console.print(result.json) }
        rows.append(.init(run: run.url.lastPathComponent, result: result, shown: shown))
      }
    }
    if !common.json {
      Console.print(table(rows, severalRuns: runs.count > 1).text)
      for line in kernelLines(rows) { Console.print(line) }
    }
    if let picture {
      try EvaluationPicture(rows).write(to: URL(fileURLWithPath: picture))
      if !common.quiet { Console.say("evaluate: \(picture)") }
    }
  }

  /// The dataset that the run was trained on; nil if it is gone or if the settings file is named.
  private func trainedDataset(_ run: RunFolder?) -> URL? {
    guard location.config == nil, let run else { return nil }
    let settings = try? SettingsFile.load(run.settings, needsSources: false)
    return settings.map(\.output).flatMap { FileManager.default.fileExists(atPath: $0.path) ? $0 : nil }
  }

  /// The face network that the run was trained with; nil if there is none or its file is gone.
  private func trainedFace(_ run: RunFolder) -> URL? {
    let settings = try? SettingsFile.load(run.settings, needsSources: false)
    return settings?.train.face.flatMap { FileManager.default.fileExists(atPath: $0.path) ? $0 : nil }
  }

  /// KID and FID of each checkpoint as torch-fidelity computes them, one line each.
  private func kernelLines(_ rows: [EvaluationPicture.Row]) -> [String] {
    func line(_ title: String, _ result: Evaluation, _ key: String) -> String? {
      guard let kernel = result.kernel else { return nil }
      guard let distance = kernel[key] else { return "\(title): too few images" }
      return "\(title): \(distance.text(result.measure))"
    }
    var lines = rows.flatMap { row in
      ["AtoB", "BtoA"].compactMap { line("step \(row.result.step) of \(row.run), \($0)", row.result, $0) }
    }
    if let first = rows.first?.result, let text = line("untranslated, A against B", first, "untranslated") {
      lines.append(text)
    }
    return lines
  }

  /// A row for each checkpoint.
  private func table(_ rows: [EvaluationPicture.Row], severalRuns: Bool) -> TextTable {
    func cell(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "-" }
    func share(_ value: Double?) -> String { value.map { String(format: "%.2f", $0) } ?? "-" }
    let measure = rows.first?.result.measure ?? "distance"
    var table = TextTable([
      "checkpoint", "images", "\(measure) AtoB", "\(measure) BtoA", "cycle A", "cycle B", "identity A",
      "identity B", "recognition AtoB", "BtoA", "structure AtoB", "BtoA",
    ])
    for row in rows {
      let result = row.result
      table.add([
        "step \(result.step)" + (severalRuns ? " of \(row.run)" : ""),
        "\(result.images["A"] ?? 0) + \(result.images["B"] ?? 0) \(result.split)",
        result.distance["AtoB"]?.text ?? "-", result.distance["BtoA"]?.text ?? "-", cell(result.cycle["A"]),
        cell(result.cycle["B"]), cell(result.identity["A"]), cell(result.identity["B"]),
        share(result.recognition["AtoB"]), share(result.recognition["BtoA"]),
        share(result.structure["AtoB"]), share(result.structure["BtoA"]),
      ])
    }
    if let result = rows.first?.result {
      let empty = [String](repeating: "", count: 8)
      let untranslated = result.untranslated?.text ?? "-"
      table.add(["untranslated", "", untranslated, untranslated] + empty)
      table.add(
        ["noise floor", "", result.noiseFloor["B"]?.text ?? "-", result.noiseFloor["A"]?.text ?? "-"] + empty)
    }
    return table
  }
}
