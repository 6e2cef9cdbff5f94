import ArgumentParser
import Crop
import Dataset
import Foundation
import Models
import Preparation
import Terminal

/// `easel crop`: crops faces from photos, screenshots and videos.
struct CropCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crop",
    abstract: "Make aligned, square face crops.",
    discussion: """
      Without IN, the sources of the settings file are cropped into its output. With IN and --to, files and folders are \
      cropped into a plain folder: one face becomes <stem>.png, several become <stem>_1.png, <stem>_2.png and so on.
      """)

  /// The kind of the input images.
  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case photo, anime
    /// The domain whose default settings are used.
    var domain: Domain { self == .photo ? .a : .b }
  }

  @Argument(help: ArgumentHelp("Files and folders.", valueName: "in")) var inputs: [String] = []
  @Option(help: "The folder for the crops of IN.") var to: String?
  @Option(help: "The kind of images in IN; it decides the detector.") var domain: Kind = .photo
  @Option(help: "The crops' side in pixels.") var size = 256
  @Option(help: ArgumentHelp("One of \(CropSettings.detectors.joined(separator: ", ")).")) var detector:
    String?
  @Option(help: "photo2cartoon, danbooru, ffhq, arcface, 1.75, or { up: 0.8, down: 0.3, sides: 0.3 }.")
  var framing: String?
  @Option(help: "eyes, similarity or none.") var align: String?
  @Option(help: "The pixels outside the image: white, edge or reflect.") var border: String?
  @Option(help: "largest, all, central or one.") var faces: String?
  @Option(
    name: .customLong("min-face"),
    help: "The minimum size of a face in pixels (default: 24; large images are searched for faces of 64)."
  )
  var minFace: Int?
  @OptionGroup var part: ShardOptions
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if inputs.isEmpty != (to == nil) { throw ValidationError("give both IN and --to, or neither") }
    if to != nil, part.shard != nil {
      throw ValidationError("--shard works only on the sources of a settings file; leave out IN and --to")
    }
    guard (16...4096).contains(size) else { throw ValidationError("--size must be from 16 to 4096") }
  }

  func run() async throws {
    let reporter = common.makeReporter()
    let store = options.models.store
    if let to {
      let cropper = CropFolder(
        settings: try settings(), searchedFace: minFace ?? Self.searchedFace, size: size,
        domain: domain.domain, jobs: common.jobCount, reporter: reporter,
        detectors: DetectorCatalogue { store.locate($0) })
      let files = PlainInputs(inputs, excluding: URL(fileURLWithPath: to))
      if common.dryRun {
        Console.say("crop: would crop \(files.files.count) files into \(to)")
        return
      }
      _ = try await cropper.run(files, to: URL(fileURLWithPath: to))
    } else {
      let settings = try options.load()
      if common.dryRun {
        let ledger = try Workspace(settings, checkSources: false, dryRun: true).ledger
        let plan = try SourcePlan(settings, ledger: ledger)
        Console.print("crop: \(plan.sentence), into \(settings.output.path)")
        return
      }
      if let task = try part.task(settings, models: store, common: common, reporter: reporter) {
        try await task.run([.crop], reporter: reporter)
        return
      }
      let workspace = try Workspace(settings)
      try await Stages(workspace, models: store, common: common, reporter: reporter).crop()
    }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }

  /// The minimum side of a face, and of a face for which large images are searched, in pixels.
  ///
  /// A photo of 12 megapixels takes four times as long if it is searched for faces of 24 pixels.
  private static let (smallestFace, searchedFace) = (24, 64)

  /// The domain's default settings, changed by the options.
  private func settings() throws -> CropSettings {
    var settings = CropSettings(domain: domain.domain)
    settings.faces = .all
    if let detector {
      guard CropSettings.detectors.contains(detector) else {
        throw ValidationError(
          "--detector must be one of \(CropSettings.detectors.joined(separator: ", ")), not '\(detector)'")
      }
      settings.detector = detector
    }
    if let minFace, !(8...8192).contains(minFace) {
      throw ValidationError("--min-face must be from 8 to 8192, not \(minFace)")
    }
    settings.minFace = minFace ?? Self.smallestFace
    if let faces { settings.faces = try choice(faces, of: "--faces") }
    if let align { settings.align = try choice(align, of: "--align") }
    if let border { settings.border = try choice(border, of: "--border") }
    if let framing {
      switch CropSettings.Framing(framing) {
      case nil:
        throw ValidationError("--framing must be \(CropSettings.Framing.allowed), not '\(framing)'")
      case .matched, .fit:
        throw ValidationError(
          "--framing \(framing) depends on all faces of a dataset; set it in a settings file")
      case let known?: settings.framing = known
      }
    }
    return settings
  }

  /// The value of an option that takes one of several words.
  private func choice<Value: CaseIterable & RawRepresentable<String>>(
    _ text: String, of flag: String
  ) throws -> Value {
    guard let value = Value(rawValue: text) else {
      let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("\(flag) must be one of \(words), not '\(text)'")
    }
    return value
  }
}
