import Translate
import WeightFiles
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
      easel translate IN... --run RUN --to DIR --prepare [--paste-back]
      easel translate IN... --weights FILE --to DIR
      """,
    discussion: """
      IN are face crops, framed and masked like the training images; a picture of the network's size is used as it is. \
      With --prepare they are raw pictures, out of which faces are cut and masked first. Results keep relative paths and \
      stems; several faces of a picture become <stem>_1.png, <stem>_2.png and so on.
      """)

  @Argument(help: ArgumentHelp("Files and folders.", valueName: "in")) var inputs: [String]
  @OptionGroup var network: NetworkOptions
  @Option(help: "The folder that results go to.") var to: String
  @Option(help: "AtoB or BtoA.", transform: Direction.written) var direction = Direction.aToB
  @Option(help: "Pictures at a time.") var batch = 1
  @Flag(help: "Cut faces out of raw pictures and mask them first.") var prepare = false
  @Flag(
    name: .customLong("paste-back"), help: "Put the translated faces back into the pictures (with --prepare)."
  )
  var pasteBack = false
  @Option(
    help: "white or transparent: the input's own alpha, or the mask that --prepare made.",
    transform: TranslationOutput.Background.written)
  var background = TranslationOutput.Background.white
  @Flag(name: .customLong("side-by-side"), help: "Put the input beside its translation.") var sideBySide =
    false
  @Flag(help: "Put where the network looks beside the translation.") var cam = false
  @Option(help: "auto, cpu, cuda or cuda:n.") var device = "auto"
  @Option(help: "A folder with models for --prepare, looked in before EASEL_MODELS and the cache.")
  var models: String?
  @OptionGroup var location: RunLocation
  @OptionGroup var common: CommonOptions

  /// Asks for what preparing must know, as one JSON object, instead of translating.
  @Flag(name: .customLong("preparation-plan"), help: .hidden) var wantsPlan = false
  /// The folder of a `PreparedFaces`, which is removed at the end, whatever the end is.
  @Option(help: .hidden) var prepared: String?

  private var output: TranslationOutput {
    var output = TranslationOutput()
    (output.showsInput, output.showsAttention) = (sideBySide, cam)
    (output.pastesBack, output.background) = (pasteBack, background)
    return output
  }

  func validate() throws {
    if !(1...256).contains(batch) { throw ValidationError("--batch takes 1 to 256") }
    if let problem = output.problem { throw ValidationError(problem) }
    if pasteBack && !prepare { throw ValidationError("--paste-back needs --prepare") }
    if prepare && prepared == nil && !wantsPlan && !common.dryRun {
      throw ValidationError(
        "--prepare finds faces, which easel does: run easel translate, or crop and mask the pictures first")
    }
  }

  func run() async throws {
    let source = prepared.map { URL(fileURLWithPath: $0, isDirectory: true) }
    defer {
      // Nothing but what easel left is ever removed.
      if let source, FileManager.default.fileExists(atPath: PreparedFaces.record(of: source).path) {
        try? FileManager.default.removeItem(at: source)
      }
    }
    let run = try network.run(location)
    let trained = try network.generator(of: run, direction: direction) { note in
      if !common.quiet { Console.say("translate: \(note)") }
    }
    let unused = try trained.unusedKeys()
    if !unused.isEmpty, !common.quiet, !wantsPlan {
      Console.say(
        "translate: skipped tensors that the network does not use: \(unused.map(\.printable).joined(separator: ", "))"
      )
    }
    if wantsPlan { return Console.print(plan(trained.architecture.side, run).json) }
    let reporter = common.makeReporter()
    if common.dryRun {
      Console.say(
        "translate: would translate \(PlainInputs(inputs, excluding: URL(fileURLWithPath: to)).files.count) files into \(to)"
      )
      return
    }
    try Torch.setThreads(common.jobCount)
    let files = TranslateFiles(
      try Translator(trained, device: Device(named: device)), to: URL(fileURLWithPath: to), batch: batch,
      options: output, reporter: reporter)
    if let source {
      _ = try files.run(try PreparedFaces(folder: source), in: source)
    } else {
      _ = try files.run(PlainInputs(inputs, excluding: URL(fileURLWithPath: to)))
    }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }

  private func plan(_ side: Int, _ run: RunFolder?) -> PreparationPlan {
    let settings = run?.settings.path
    return PreparationPlan(
      inputs: inputs, side: side, domain: direction == .aToB ? .a : .b,
      settings: settings.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }, models: models,
      jobs: common.jobCount, showsProgress: !common.json && !common.quiet, dryRun: common.dryRun)
  }
}

/// Which trained network is used.
struct NetworkOptions: ParsableArguments {
  @Option(name: .customLong("run"), help: "The folder of the run (default: the one of the settings file).")
  var runFolder: String?
  @Option(help: "A checkpoint of another trainer, .pt or safetensors, instead of a run.") var weights: String?
  @Option(help: "The step whose checkpoint is used (default: the newest).") var step: Int?
  @Flag(help: "Use the best checkpoint rather than the newest.") var best = false
  @Option(help: "The side for weights that fit every side (default: 256).") var size: Int?

  func validate() throws {
    if runFolder != nil && weights != nil { throw ValidationError("give --run or --weights, not both") }
    if step != nil && best { throw ValidationError("give --step or --best, not both") }
    if weights != nil && (step != nil || best) {
      throw ValidationError("--step and --best choose a checkpoint of a run, and --weights names a file")
    }
  }

  /// The run that is named or that the settings lead to; nil for a weights file.
  func run(_ location: RunLocation) throws -> RunFolder? {
    if weights != nil { return nil }
    return try runFolder.map { RunFolder(URL(fileURLWithPath: $0)) }
      ?? location.run(location.load(mustExist: true))
  }

  /// The generator of `run`, or of the weights file where there is none.
  func generator(
    of run: RunFolder?, direction: Direction, note: (String) -> Void
  ) throws -> TrainedGenerator {
    if let run {
      return try TrainedGenerator(run: run, step: step, best: best, direction: direction, note: note)
    }
    return try TrainedGenerator(
      weights: URL(fileURLWithPath: weights ?? ""), direction: direction, side: size)
  }
}

extension CaseIterable where Self: RawRepresentable, RawValue == String {
  /// The case that a person wrote.
  static func written(_ text: String) throws -> Self {
    guard let value = Self(rawValue: text) else {
      let names = allCases.map(\.rawValue).joined(separator: " or ")
      throw ValidationError("\(names) is expected, not '\(text)'")
    }
    return value
  }
}
