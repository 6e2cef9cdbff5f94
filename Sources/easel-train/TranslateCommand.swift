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
    abstract: "Translate images of one domain into the other.",
    usage: """
      easel translate IN... --run RUN --to DIR [--direction AtoB|BtoA]
      easel translate IN... --run RUN --to DIR --prepare [--paste-back]
      easel translate IN... --weights FILE --to DIR
      easel translate VIDEO --run RUN --to OUT.mkv [--crop-only]
      """,
    discussion: """
      IN are face crops that are framed and masked like the training images; other sizes than the network's are resized. \
      With --prepare, IN are raw images, whose faces are cropped and masked first. Results have the same relative paths \
      and stems as the inputs; several faces of an image become <stem>_1.png, <stem>_2.png and so on.

      If --to is a video (.mkv, .mp4, .mov or .webm), IN is one video. Its faces are found in all frames, followed over \
      time, translated and pasted back; frames without a face, the sound and the times of frames do not change.
      """)

  @Argument(help: ArgumentHelp("Files and folders.", valueName: "in")) var inputs: [String]
  @OptionGroup var network: NetworkOptions
  @Option(help: "The folder for the results, or the video to write.") var to: String
  @Option(help: "AtoB or BtoA.", transform: Direction.written) var direction = Direction.aToB
  @Option(help: "The number of images that are translated at once.") var batch = 1
  @Flag(help: "Crop and mask the faces of raw images first.") var prepare = false
  @Flag(
    name: .customLong("paste-back"), help: "Paste the translated faces back into the images (with --prepare)."
  )
  var pasteBack = false
  @Flag(
    name: .customLong("crop-only"), help: "Write the translated face alone, as a square video (with a video)."
  )
  var cropOnly = false
  @Option(
    help: "white, or transparent by the input's alpha or the mask of --prepare.",
    transform: TranslationOutput.Background.written)
  var background = TranslationOutput.Background.white
  @Flag(name: .customLong("side-by-side"), help: "Show the input beside its translation.") var sideBySide =
    false
  @Flag(help: "Show the network's attention (CAM) beside the translation.") var cam = false
  @Option(help: "auto, cpu, cuda or cuda:n.") var device = "auto"
  @Option(help: "A folder with models for --prepare, searched before EASEL_MODELS and the cache.")
  var models: String?
  @OptionGroup var location: RunLocation
  @OptionGroup var common: CommonOptions

  /// Print the `PreparationPlan` as one JSON object instead of translating.
  @Flag(name: .customLong("preparation-plan"), help: .hidden) var wantsPlan = false
  /// Translate squares that easel sends through standard input, see `TranslationPipe`.
  @Flag(help: .hidden) var pipe = false
  /// The folder of `PreparedFaces`, which is always removed at the end.
  @Option(help: .hidden) var prepared: String?

  private var output: TranslationOutput {
    var output = TranslationOutput()
    (output.showsInput, output.showsAttention) = (sideBySide, cam)
    (output.pastesBack, output.background) = (pasteBack, background)
    return output
  }

  func validate() throws {
    if !(1...256).contains(batch) { throw ValidationError("--batch must be from 1 to 256") }
    if let problem = output.problem { throw ValidationError(problem) }
    if let format = VideoFormat(path: to) { return try validateVideo(format) }
    if let video = inputs.first(where: { VideoFormat(path: $0) != nil && !FolderScan.isFolder($0) }) {
      throw ValidationError(
        "\(video) is a video, so its translation is a video: name it with --to, such as --to out.mkv")
    }
    if cropOnly {
      throw ValidationError("--crop-only needs a video: name it with --to, such as --to out.mkv")
    }
    if pasteBack && !prepare { throw ValidationError("--paste-back needs --prepare") }
    if prepare && prepared == nil && !wantsPlan && !common.dryRun {
      throw ValidationError(
        "--prepare needs the program easel: run easel translate, or crop and mask the images first")
    }
  }

  private func validateVideo(_ format: VideoFormat) throws {
    guard inputs.count == 1 else {
      throw ValidationError("\(to) is a video, so give one video as input, not \(inputs.count) inputs")
    }
    if sideBySide || cam || background == .transparent {
      throw ValidationError(
        "--side-by-side, --cam and --background transparent are for images; leave them out to write a video")
    }
    if !pipe && !wantsPlan && !common.dryRun {
      throw ValidationError("videos need the program easel: run easel translate")
    }
  }

  func run() async throws {
    let source = prepared.map { URL(fileURLWithPath: $0, isDirectory: true) }
    defer {
      // Remove the folder only if it was written by easel.
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
        "translate: the network does not use these tensors of the file: \(unused.map(\.printable).joined(separator: ", "))"
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
    if pipe { return try TranslationPipe(Translator(trained, device: Device(named: device))).run() }
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
      jobs: common.jobCount, showsProgress: !common.json && !common.quiet, dryRun: common.dryRun,
      video: VideoFormat(path: to).map { format in
        PreparationPlan.VideoOutput(
          path: to, format: format, showsFaceAlone: cropOnly, batch: batch, isJSON: common.json,
          isQuiet: common.quiet)
      })
  }
}

/// The options that choose the trained network.
struct NetworkOptions: ParsableArguments {
  @Option(name: .customLong("run"), help: "The folder of the run (default: the one in the settings file).")
  var runFolder: String?
  @Option(help: "A checkpoint of another trainer, .pt or safetensors, instead of a run.") var weights: String?
  @Option(help: "The step of the checkpoint (default: the newest).") var step: Int?
  @Flag(help: "Use the best checkpoint instead of the newest.") var best = false
  @Option(help: "The side of the images in pixels, if the weights do not fix it (default: 256).")
  var size: Int?

  func validate() throws {
    if runFolder != nil && weights != nil { throw ValidationError("give --run or --weights, not both") }
    if step != nil && best { throw ValidationError("give --step or --best, not both") }
    if weights != nil && (step != nil || best) {
      throw ValidationError("--step and --best need a run and cannot be combined with --weights")
    }
  }

  /// The named run or the run of the settings; nil for a weights file.
  func run(_ location: RunLocation) throws -> RunFolder? {
    if weights != nil { return nil }
    return try runFolder.map { RunFolder(URL(fileURLWithPath: $0)) }
      ?? location.run(location.load(mustExist: true))
  }

  /// The generator of `run`, or of the weights file if `run` is nil.
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
  /// The case with the raw value `text`.
  ///
  /// - Throws: `ValidationError` that lists the allowed values.
  static func written(_ text: String) throws -> Self {
    guard let value = Self(rawValue: text) else {
      let names = allCases.map(\.rawValue).joined(separator: " or ")
      throw ValidationError("the value must be \(names), not '\(text)'")
    }
    return value
  }
}
