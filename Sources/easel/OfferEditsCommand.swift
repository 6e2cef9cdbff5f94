import ArgumentParser
import Dataset
import Foundation
import Mask
import MaskEditing
import Preparation
import Terminal

/// `easel edits offer`.
struct OfferEditsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "offer",
    abstract: "Copy a sample's corrected mask to samples that show nearly the same image.",
    discussion: """
      Without --to, the candidates are frames of the same video within ten seconds, the previous and next files, and near \
      copies. A stroke is copied if both images are similar there and the resulting mask agrees with the corrected one; \
      other candidates are listed with the reason. Samples that were painted by hand are not changed. Copied strokes are \
      stored in edits/ like painted ones, together with the ID of the sample that they come from; --take-back removes them.
      """)

  @Argument(help: "The corrected sample: its ID, the first characters of it, or the path of its image.")
  var sample: String
  @Option(help: "A sample to copy it to, instead of the candidates; may be repeated.") var to: [String] = []
  @Flag(help: "Remove strokes that were copied from the sample.") var takeBack = false
  @OptionGroup var options: SettingsOptions
  @OptionGroup var common: CommonOptions

  func run() async throws {
    let workspace = try Workspace(try options.load(), checkSources: false, dryRun: common.dryRun)
    let reporter = common.makeReporter()
    let stages = Stages(workspace, models: options.models.store, common: common, reporter: reporter)
    let stage = stages.maskStage
    let id = try stage.identity(of: sample)
    let targets = try to.map { try stage.identity(of: $0) }
    let changed: Set<String>
    if takeBack {
      changed = Set(try stage.propagated(from: id).filter { targets.isEmpty || targets.contains($0) })
      if !common.dryRun { try changed.sorted().forEach { try stage.removePropagated($0) } }
      Console.say(
        "edits offer: copied strokes of \(changed.count) samples \(common.dryRun ? "would be" : "were") removed"
      )
    } else {
      changed = try propagate(PropagationSuggestions(of: id, by: stage), to: targets, reporter)
    }
    if !common.dryRun, !changed.isEmpty { try await stages.mask(only: changed) }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }

  /// Lists the suggestions and, unless this is a dry run, saves those that agree; returns the samples that changed.
  private func propagate(
    _ suggestions: PropagationSuggestions, to targets: [String], _ reporter: ConsoleReporter
  ) throws -> Set<String> {
    var table = TextTable(["sample", "strokes", "agreement", "error", "image"])
    var summary = StageSummary(stage: .mask)
    var changed: Set<String> = []
    let ids = targets.isEmpty ? try suggestions.candidates() : targets
    reporter.began(.mask, total: ids.count)
    for id in ids {
      var (report, row) = (ItemReport(path: id, status: .done), [id])
      do {
        let suggestion = try suggestions.suggestion(for: id)
        report.path = suggestion.path
        row += [
          "\(suggestion.propagated) of \(suggestion.strokes)",
          "\(Int((suggestion.agreement * 100).rounded())) %",
          "\(hundredths(suggestion.before)) -> \(hundredths(suggestion.after))",
        ]
        if let refusal = suggestion.refusal {
          (report.status, report.why, report.detail) = (.skipped, refusal.reason, refusal.sentence)
        } else {
          if !common.dryRun { report.outputs = [try suggestions.accept(suggestion).path] }
          changed.insert(id)
        }
      } catch let error as any ItemFailure {
        (report.status, report.why, report.detail) = (.failed, error.reason, error.sentence)
        row += ["", "", ""]
      }
      summary.count(report)
      reporter.finished(report, of: .mask)
      table.add(row + [report.path + (report.detail.map { ": \($0)" } ?? "")])
    }
    // Otherwise the summary of the following mask stage ends the output.
    if changed.isEmpty || common.dryRun { reporter.ended(summary) }
    if !common.json, !common.quiet { Console.print(table.text) }
    return changed
  }

  private func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
