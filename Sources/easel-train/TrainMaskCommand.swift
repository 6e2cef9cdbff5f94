import ArgumentParser
import Foundation
import MaskModel
import MaskTraining
import Tensors
import Terminal
import Train

/// `easel train-mask`.
struct TrainMaskCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train-mask",
    abstract: "Train a mask network, which separates foreground from background.",
    usage: "easel train-mask --data DIR --to RUN [--steps 12000] [--hold-out SOURCE] [--share SOURCE=NUMBER]",
    discussion: """
      DIR contains manifest.tsv, a table with the columns file, source, licence, kind and character. kind is background, \
      anime-scene (an opaque image with faces), photo-mask (NAME.webp with its mask in NAME-mask.png), or any other word \
      for an image with alpha. The optional faces.tsv has the columns file, x0, y0, x1, y1: the boxes of faces in pixels.

      The network learns from composites of foregrounds and backgrounds, which are cropped as easel crops faces. A stopped \
      run resumes from its last checkpoint; Ctrl-C saves one first. --steps and --side may then differ.

      RUN contains settings.yaml, log.jsonl, sample sheets and checkpoints; `best` is the best one on characters that are \
      not trained on.
      """)

  @Option(help: "The folder with manifest.tsv.") var data: String
  @Option(help: "The folder of the run.") var to: String
  @Option(help: "The number of steps.") var steps: Int?
  @Option(help: "The number of composites in each step.") var batch: Int?
  @Option(help: "The side of the network's input in pixels, a multiple of 32.") var side: Int?
  @Option(name: .customLong("learning-rate"), help: "The maximum learning rate.") var learningRate: Double?
  @Option(help: "The seed of weights and composites.") var seed: UInt64?
  @Option(help: "fp32 or bf16.") var precision: String?
  @Option(
    name: .customLong("save-every"), help: "The number of steps between checkpoints, which are also measured."
  )
  var saveEvery: Int?
  @Option(name: .customLong("sample-every"), help: "The number of steps between sample sheets.")
  var sampleEvery: Int?
  @Option(
    name: .customLong("leave-out"), parsing: .upToNextOption,
    help: "Sources or characters that are not used.")
  var leaveOut: [String] = []
  @Option(
    name: .customLong("hold-out"), parsing: .upToNextOption, help: "Sources that are only used to measure.")
  var holdOut: [String] = []
  @Option(
    parsing: .upToNextOption,
    help: "The relative frequency of a source in the training, SOURCE=NUMBER (default: 1).")
  var share: [String] = []
  @OptionGroup var common: CommonOptions

  func validate() throws { _ = try settings() }

  private func settings() throws -> MaskTrainSettings {
    var settings = MaskTrainSettings()
    if let steps { settings.steps = steps }
    if let batch { settings.batch = batch }
    if let side { settings.architecture.side = side }
    if let learningRate { settings.learningRate = learningRate }
    if let seed { settings.seed = seed }
    if let saveEvery { settings.saveEvery = saveEvery }
    if let sampleEvery { settings.sampleEvery = sampleEvery }
    if let precision {
      guard ["fp32", "bf16"].contains(precision) else {
        throw ValidationError("--precision must be fp32 or bf16, not '\(precision)'")
      }
      settings.bfloat16 = precision == "bf16"
    }
    for (name, value) in [
      ("--steps", settings.steps), ("--batch", settings.batch), ("--save-every", settings.saveEvery),
      ("--sample-every", settings.sampleEvery),
    ] where value < 1 { throw ValidationError("\(name) must be at least 1, not \(value)") }
    guard settings.batch >= 2, settings.batch <= 1024 else {
      throw ValidationError("--batch must be from 2 to 1024, not \(settings.batch)")
    }
    guard settings.learningRate > 0, settings.learningRate < 1 else {
      throw ValidationError("--learning-rate must be between 0 and 1, not \(settings.learningRate)")
    }
    if let problem = settings.architecture.problem { throw ValidationError(problem) }
    settings.selection.leaveOut = leaveOut
    settings.selection.holdOut = holdOut
    for text in share {
      let parts = text.split(separator: "=")
      guard parts.count == 2, let number = Double(parts[1]), number >= 0, number.isFinite else {
        throw ValidationError("--share must be SOURCE=NUMBER, such as flare=13, not '\(text)'")
      }
      settings.selection.shares[String(parts[0])] = number
    }
    return settings
  }

  func run() async throws {
    let settings = try settings()
    try Torch.setThreads(common.jobCount)
    let folder = RunFolder(URL(fileURLWithPath: to))
    if common.dryRun {
      _ = try MaskLibrary(Manifest(URL(fileURLWithPath: data)), selection: settings.selection) { _ in }
      Console.print(
        "\(settings.steps) steps of \(settings.batch) composites from \(data), into \(folder.url.path)")
      return
    }
    let (json, quiet) = (common.json, common.quiet)
    let trainer = try MaskTrainer(data: URL(fileURLWithPath: data), to: folder, settings: settings) { event in
      if !quiet { Self.show(event, json: json) }
    }
    try await trainer.run()
  }

  private static func show(_ event: MaskTrainEvent, json: Bool) {
    func say(_ text: String) { json ? () : Console.say("train-mask: \(text)") }
    switch event {
    case .began(let step, let steps, let characters, let pictures, let parameters):
      say(
        "\(pictures) images of \(characters) characters, \(parameters) parameters, from step \(step) to \(steps)"
      )
    case .step(let entry, let steps, let speed):
      guard entry.step % 50 == 0 else { return }
      let total = (1000 * (entry.losses["total"] ?? 0)).rounded() / 1000
      say("step \(entry.step) of \(steps), loss \(total), \(Int(speed)) composites per second")
    case .measured(let step, let scores, let isBest):
      if json {
        Console.print(Measured(step: step, scores: scores, best: isBest).json)
      } else {
        for (name, score) in scores.sorted(by: { $0.key < $1.key }) {
          say("step \(step), \(name): \(score.text)")
        }
      }
    case .sampled(let url): say("samples in \(url.path)")
    case .note(let text): say(text)
    }
  }

  /// The line of `--json`.
  private struct Measured: Encodable {
    var event = "measured"
    var step: Int
    var scores: [String: MaskScore]
    var best: Bool
  }
}
