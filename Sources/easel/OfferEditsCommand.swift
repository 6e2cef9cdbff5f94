import ArgumentParser
import Dataset
import Foundation
import Mask
import Terminal

/// `easel edits offer`.
struct OfferEditsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "offer",
    abstract: "Carry one sample's corrected mask over to samples that show nearly the same.",
    discussion: """
      Without --to they are its neighbours: frames of the same video within ten seconds, the files before and after it, \
      and near copies. Strokes go where both pictures look alike and the mask comes out as the corrected one; what does \
      not agree is left, with the reason. What a person painted on the other sample stands. Carried strokes lie in \
      edits/ like painted ones, and say from which sample they are; --take-back removes those.
      """)

  @Argument(help: "The corrected sample: its identity, the beginning of it, or the path of its image.")
  var sample: String
  @Option(help: "A sample to offer it to instead of the neighbours; may be repeated.") var to: [String] = []
  @Flag(help: "Remove what was carried over from the sample before.") var takeBack = false
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
      changed = Set(try stage.carried(from: id).filter { targets.isEmpty || targets.contains($0) })
      if !common.dryRun { try changed.sorted().forEach { try stage.takeBackCarried($0) } }
      Console.say("edits offer: \(changed.count) \(common.dryRun ? "would be" : "were") taken back")
    } else {
      changed = try offer(EditOffers(of: id, by: stage), to: targets, reporter)
    }
    if !common.dryRun, !changed.isEmpty { try await stages.mask(only: changed) }
    if reporter.hasLeftOut { throw ExitStatus.itemsLeftOut }
  }

  /// Lists what agrees, and keeps it unless nothing is to be written; gives the samples that changed.
  private func offer(
    _ offers: EditOffers, to targets: [String], _ reporter: ConsoleReporter
  ) throws -> Set<String> {
    var table = TextTable(["sample", "strokes", "alike", "off by", "image"])
    var summary = StageSummary(stage: .mask)
    var changed: Set<String> = []
    let ids = targets.isEmpty ? try offers.neighbours() : targets
    reporter.began(.mask, total: ids.count)
    for id in ids {
      var (report, row) = (ItemReport(path: id, status: .done), [id])
      do {
        let offer = try offers.offer(to: id)
        report.path = offer.path
        row += [
          "\(offer.carried) of \(offer.strokes)", "\(Int((offer.agreement * 100).rounded())) %",
          "\(hundredths(offer.before)) -> \(hundredths(offer.after))",
        ]
        if let refusal = offer.refusal {
          (report.status, report.why, report.detail) = (.skipped, refusal.reason, refusal.sentence)
        } else {
          if !common.dryRun { report.outputs = [try offers.accept(offer).path] }
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
    // Otherwise the masks that are made anew end it.
    if changed.isEmpty || common.dryRun { reporter.ended(summary) }
    if !common.json, !common.quiet { Console.print(table.text) }
    return changed
  }

  private func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
