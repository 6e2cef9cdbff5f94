import ArgumentParser
import Capture
import Crop
import Dataset
import Foundation
import Imaging
import Models
import Terminal

/// `easel capture`: pictures of the screen.
struct CaptureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture",
    abstract: "Take square pictures of the screen, for a screenshots source.",
    discussion: """
      A frame follows the pointer; a face should fill its inner guide. Click saves what is in it, Up and Down change the \
      size by 32 pixels, Backspace takes back the last picture of this session, Esc ends. All other keys and buttons \
      still go to the program below, so a video can be stopped and wound. Needs an X11 session.

      Numbers continue after the files in the folder; window title and time are recorded in captures.jsonl.
      """)

  @Option(help: "The folder that pictures go to.") var to: String
  @Option(help: "The frame's side in pixels.") var size = 512
  @Flag(help: "Mark the face under the pointer and snap to it.") var detect = false
  @Option(help: "What the screen shows, which decides the detector: photo or anime.")
  var domain: CropCommand.Kind = .anime
  @Option(help: ArgumentHelp("With --detect: \(CropSettings.detectors.joined(separator: ", "))."))
  var detector = "auto"
  @OptionGroup var models: ModelOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (CaptureSession.sides).contains(size) else {
      throw ValidationError(
        "--size takes \(CaptureSession.sides.lowerBound) to \(CaptureSession.sides.upperBound)")
    }
    guard CropSettings.detectors.contains(detector) else {
      throw ValidationError(
        "--detector takes \(CropSettings.detectors.joined(separator: ", ")), not '\(detector)'")
    }
  }

  func run() async throws {
    let folder = CaptureFolder(URL(fileURLWithPath: to))
    var session = try CaptureSession(folder: folder, side: size, faces: detect ? try finder() : nil)
    if common.dryRun {
      Console.print("capture: would save into \(to), beginning with \(folder.nextName)")
      return
    }
    let reporter = common.makeReporter()
    var summary = StageSummary(stage: .capture)
    func report(_ item: ItemReport) {
      summary.count(item)
      reporter.itemFinished(item, of: .capture)
    }
    try await session.run { event in
      switch event {
      case .ready(let side):
        reporter.note(
          "\(side) x \(side) into \(to): click saves, Up and Down change the size, Backspace takes back, Esc ends"
        )
      case .resized(let side): reporter.note("\(side) x \(side)")
      case .saved(let file, let record):
        report(ItemReport(path: file.path, status: .done, detail: record.window, outputs: [file.path]))
        if !common.json { reporter.note("\(file.path)\(record.window.map { "  (\($0))" } ?? "")") }
      case .undone(.removed(let file)):
        report(ItemReport(path: file.path, status: .skipped, why: "undone", detail: "taken back"))
        if !common.json { reporter.note("\(file.path): taken back") }
      case .undone(.changed(let file)):
        reporter.note("\(file.path) was changed or moved since it was saved, and is left alone")
      case .undone(.nothing): reporter.note("this session has no picture to take back")
      }
    }
    reporter.stageFinished(summary)
  }

  /// Finds faces as `easel crop` does, with the squares that it would cut if pictures were not turned.
  private func finder() throws -> @Sendable () throws -> FaceFinder {
    let store = models.store
    let makeDetector = try DetectorCatalogue { store.locate($0) }.detector(detector, for: domain.domain)
    var settings = CropSettings(domain: domain.domain)
    (settings.faces, settings.minFace, settings.align) = (.all, 1, .none)
    let located = settings
    return {
      let locator = FaceLocator(settings: located, detector: try makeDetector(), isVideoFrame: false)
      return { picture in
        try locator.locate(in: picture).faces.compactMap { face in
          guard let square = face.square else { return nil }
          // Whole numbers are pixel centres, and a box begins at its first pixel.
          let (x, y) = (square.center.x + 0.5 - square.side / 2, square.center.y + 0.5 - square.side / 2)
          return ScreenFace(
            detector: face.face.detector, score: face.face.score, box: face.face.box,
            square: Box(x: x, y: y, width: square.side, height: square.side))
        }
      }
    }
  }
}
