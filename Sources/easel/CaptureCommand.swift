import ArgumentParser
import Capture
import Crop
import Dataset
import Foundation
import Imaging
import Models
import Terminal

/// `easel capture`: saves square images of the screen.
struct CaptureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture",
    abstract: "Save square images of the screen, for a screenshots source.",
    discussion: """
      A frame follows the pointer; a face should fill its inner guide. A click saves the image inside the frame, Up and \
      Down change the size by 32 pixels, Backspace deletes the last image of this session, Esc ends. All other keys and \
      buttons still go to the program below, so a video player can be paused and moved. Needs an X11 session.

      File numbers continue after the highest number in the folder; captures.jsonl records the window title and the time.
      """)

  @Option(help: "The folder for the images.") var to: String
  @Option(help: "The frame's side in pixels.") var size = 512
  @Flag(help: "Mark the face under the pointer and snap to it.") var detect = false
  @Option(help: "The kind of images on the screen, photo or anime; it decides the detector.")
  var domain: CropCommand.Kind = .anime
  @Option(help: ArgumentHelp("With --detect: \(CropSettings.detectors.joined(separator: ", "))."))
  var detector = "auto"
  @OptionGroup var models: ModelOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard (CaptureSession.sides).contains(size) else {
      throw ValidationError(
        "--size must be from \(CaptureSession.sides.lowerBound) to \(CaptureSession.sides.upperBound)")
    }
    guard CropSettings.detectors.contains(detector) else {
      throw ValidationError(
        "--detector must be one of \(CropSettings.detectors.joined(separator: ", ")), not '\(detector)'")
    }
  }

  func run() async throws {
    let folder = CaptureFolder(URL(fileURLWithPath: to))
    var session = try CaptureSession(folder: folder, side: size, faces: detect ? try finder() : nil)
    if common.dryRun {
      Console.print("capture: would save images in \(to), starting with \(folder.nextName)")
      return
    }
    let reporter = common.makeReporter()
    var summary = StageSummary(stage: .capture)
    func report(_ item: ItemReport) {
      summary.count(item)
      reporter.finished(item, of: .capture)
    }
    try await session.run { event in
      switch event {
      case .ready(let side):
        reporter.note(
          "\(side) x \(side) pixels, into \(to): click saves, Up and Down change the size, Backspace deletes the last, Esc ends"
        )
      case .resized(let side): reporter.note("\(side) x \(side)")
      case .saved(let file, let record):
        report(ItemReport(path: file.path, status: .done, detail: record.window, outputs: [file.path]))
        if !common.json { reporter.note("\(file.path)\(record.window.map { "  (\($0))" } ?? "")") }
      case .undone(.removed(let file)):
        report(ItemReport(path: file.path, status: .skipped, why: "undone", detail: "deleted again"))
        if !common.json { reporter.note("\(file.path): deleted again") }
      case .undone(.changed(let file)):
        reporter.note("\(file.path) was changed or moved after it was saved, so it is not deleted")
      case .undone(.nothing): reporter.note("this session has no image to delete")
      }
    }
    reporter.ended(summary)
  }

  /// Finds faces as `easel crop` does, with the squares of their crops without rotation.
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
          // Integers are the centres of pixels, and a box starts at the edge of its first pixel.
          let (x, y) = (square.center.x + 0.5 - square.side / 2, square.center.y + 0.5 - square.side / 2)
          return ScreenFace(
            detector: face.face.detector, score: face.face.score, box: face.face.box,
            square: Box(x: x, y: y, width: square.side, height: square.side))
        }
      }
    }
  }
}
