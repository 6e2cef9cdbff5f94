import ArgumentParser
import Dataset
import Foundation
import Preparation
import Terminal

/// `easel translate`; `easel` finds and masks the faces of raw images and videos before `easel-train` translates them.
struct TranslateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "translate", abstract: "Translate images or a video of one domain into the other.",
    helpNames: [])
  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

  func run() async throws {
    let options = arguments.prefix { $0 != "--" }
    guard options.contains("--prepare") || options.contains(where: { VideoFormat(path: $0) != nil }) else {
      try TrainerLauncher.exec(arguments: ["translate"] + arguments)
    }
    guard let plan = try await TrainerLauncher.preparationPlan(arguments) else {
      // The second call shows the output of easel-train: the error, or its help.
      try TrainerLauncher.exec(arguments: ["translate", "--preparation-plan"] + arguments)
    }
    if plan.dryRun { try TrainerLauncher.exec(arguments: ["translate"] + arguments) }
    if let video = plan.video { return try await translate(plan, to: video) }
    let folder = try PreparationFolder.make()
    do {
      try await FacePreparation(plan, into: folder).run()
      try Task.checkCancellation()
      try TrainerLauncher.exec(arguments: ["translate", "--prepared", folder.path] + arguments)
    } catch {
      try? FileManager.default.removeItem(at: folder)
      throw error
    }
  }

  /// Translates a video and reports it.
  private func translate(_ plan: PreparationPlan, to video: PreparationPlan.VideoOutput) async throws {
    guard let program = TrainerLauncher.trainer else { throw TrainerError.missing }
    let report = try await VideoTranslation(plan, to: video, with: program, arguments).run()
    let reporter = ConsoleReporter(style: video.isJSON ? .json : video.isQuiet ? .quiet : .normal)
    reporter.stageStarted(.translate, total: 1)
    var summary = StageSummary(stage: .translate)
    let item = ItemReport(
      path: report.path, status: .done, why: report.damage.map { _ in .truncated }, detail: report.damage,
      outputs: [report.output])
    summary.count(item)
    summary.notes = [
      "\(report.frames) frames with \(report.tracks) faces are in \(report.output)",
      "\(report.withoutFace) frames show no face and are unchanged",
    ]
    if let damage = report.damage { summary.notes.append("\(report.path): \(damage)") }
    reporter.itemFinished(item, of: .translate)
    reporter.stageFinished(summary)
    if report.damage != nil { throw ExitStatus.itemsLeftOut }
  }
}
