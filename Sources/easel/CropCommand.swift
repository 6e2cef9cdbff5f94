import ArgumentParser
import Crop
import Dataset
import Foundation
import Models
import Preparation
import Terminal

/// `easel crop`: faces out of photos, screenshots and videos.
struct CropCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crop",
    abstract: "Cut aligned, square face crops.",
    discussion: """
      Without IN the sources of the settings file are cropped into its output. With IN and --to files and folders are \
      cropped into a plain folder: one face becomes <stem>.png, several <stem>_1.png, <stem>_2.png and so on.
      """)

  /// What the images show.
  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case photo, anime
    /// The domain whose defaults are taken.
    var domain: Domain { self == .photo ? .a : .b }
  }

  @Argument(help: ArgumentHelp("Files and folders.", valueName: "in")) var inputs: [String] = []
  @Option(help: "The folder that crops of IN go to.") var to: String?
  @Option(help: "What IN shows, which decides the detector.") var domain: Kind = .photo
  @Option(help: "The crops' side in pixels.") var size = 256
  @Option(help: ArgumentHelp("One of \(CropSettings.detectors.joined(separator: ", ")).")) var detector:
    String?
  @Option(help: "photo2cartoon, danbooru, ffhq, arcface, 1.75, or { up: 0.8, down: 0.3, sides: 0.3 }.")
  var framing: String?
  @Option(help: "eyes, similarity or none.") var align: String?
  @Option(help: "Beyond the image's edge: white, edge or reflect.") var border: String?
  @Option(help: "largest, all, central or one.") var faces: String?
  @Option(name: .customLong("min-face"), help: "The smallest face that is kept, in pixels.") var minFace: Int?
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if inputs.isEmpty != (to == nil) { throw ValidationError("give both IN and --to, or neither") }
    guard (16...4096).contains(size) else { throw ValidationError("--size takes 16 to 4096") }
  }

  func run() async throws {
    let reporter = common.makeReporter()
    let store = options.models.store
    if let to {
      let cropper = CropFolder(
        settings: try settings(), size: size, domain: domain.domain, jobs: common.jobCount,
        reporter: reporter, detectors: DetectorCatalogue { store.locate($0) })
      let files = PlainInputs(inputs, excluding: URL(fileURLWithPath: to))
      if common.dryRun {
        Console.say("crop: would crop \(files.files.count) files into \(to)")
        return
      }
      _ = try await cropper.run(files, to: URL(fileURLWithPath: to))
    } else {
      let settings = try options.load()
      if common.dryRun {
        Console.print(
          "crop: \(CropStage.plan(settings).files) files to go through, into \(settings.output.path)")
        return
      }
      let workspace = try Workspace(settings)
      try await Stages(workspace, models: store, common: common, reporter: reporter).crop()
    }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }

  /// The domain's defaults, with what the flags say.
  private func settings() throws -> CropSettings {
    var settings = CropSettings(domain: domain.domain)
    settings.faces = .all
    if let detector {
      guard CropSettings.detectors.contains(detector) else {
        throw ValidationError(
          "--detector takes \(CropSettings.detectors.joined(separator: ", ")), not '\(detector)'")
      }
      settings.detector = detector
    }
    if let minFace { settings.minFace = minFace } else { settings.minFace = 24 }
    if let faces { settings.faces = try choice(faces, of: "--faces") }
    if let align { settings.align = try choice(align, of: "--align") }
    if let border { settings.border = try choice(border, of: "--border") }
    if let framing {
      guard let framing = CropSettings.Framing(framing), framing != .matched else {
        throw ValidationError(
          framing == "matched"
            ? "--framing matched compares the two domains of a settings file; write it there"
            : "--framing takes \(CropSettings.Framing.allowed), not '\(framing)'")
      }
      settings.framing = framing
    }
    return settings
  }

  /// The value of a flag that takes one of a few words.
  private func choice<Value: CaseIterable & RawRepresentable<String>>(
    _ text: String, of flag: String
  ) throws -> Value {
    guard let value = Value(rawValue: text) else {
      let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("\(flag) takes \(words), not '\(text)'")
    }
    return value
  }
}
