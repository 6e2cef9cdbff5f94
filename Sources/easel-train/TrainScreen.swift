import Foundation
import Synchronization
import Terminal
import Train

/// Prints the events of a run for a person or, as JSON, for a program.
final class TrainScreen: Sendable {
  private let (isJSON, isQuiet, isVerbose): (Bool, Bool, Bool)
  private let bar = Mutex<ProgressBar?>(nil)
  private let first = Mutex(0)
  private let lastLine = Mutex<ContinuousClock.Instant?>(nil)
  private let start = Mutex<(time: ContinuousClock.Instant, step: Int)?>(nil)

  init(_ common: CommonOptions) {
    (isJSON, isQuiet, isVerbose) = (common.json, common.quiet, common.verbose)
  }

  /// Prints one event.
  func show(_ event: TrainEvent) {
    switch event {
    case .began(let architecture, let a, let b, let step, let steps, let device):
      first.withLock { $0 = step }
      if !isJSON, !isQuiet {
        Console.say(
          "train: \(architecture.model.rawValue), side \(architecture.side), width \(architecture.width) on \(device), \(a) images of A, \(b) of B"
            + (step > 0 ? ", resuming after step \(step)" : ""))
        bar.withLock { $0 = ProgressBar(title: "train", total: steps - step) }
      }
    case .step(let entry, let steps):
      let (g, d) = (entry.losses["G_total"] ?? 0, entry.losses["D_total"] ?? 0)
      if isJSON {
        Console.print(
          StepEvent(
            step: entry.step, of: steps, losses: entry.losses, rate: entry.rate, seconds: entry.seconds
          ).json)
      } else if isVerbose || !isQuiet && !Console.isInteractive && isLineDue(entry.step) {
        say(
          String(format: "step %d of %d  G %.3f  D %.3f  %.2f s", entry.step, steps, g, d, entry.seconds)
            + timeLeft(entry.step, of: steps))
      }
      bar.withLock { $0 }?.advance(
        to: entry.step - first.withLock { $0 }, extra: String(format: "G %.2f  D %.3f", g, d))
    case .sampled(let url, _): if isVerbose { say("samples: \(url.path)") }
    case .saved(let url, _): if isVerbose { say("checkpoint: \(url.path)") }
    case .measured(let report, let step, let isBest):
      if isJSON {
        Console.print(MeasureEvent(report, step: step, isBest: isBest).json)
      } else if !isQuiet {
        say("step \(step): \(report.text)\(isBest ? ", the best so far" : "")")
      }
    case .note(let text): if !isQuiet { say(text) }
    }
  }

  /// Whether to print a line without a terminal: for the first three steps, then once a minute.
  private func isLineDue(_ step: Int) -> Bool {
    let now = ContinuousClock.now
    return lastLine.withLock { last in
      if step > first.withLock({ $0 }) + 3, let last, now - last < .seconds(60) { return false }
      last = now
      return true
    }
  }

  /// The remaining time in words, by the mean speed since this process started.
  private func timeLeft(_ step: Int, of steps: Int) -> String {
    let now = ContinuousClock.now
    let first = start.withLock { start -> (time: ContinuousClock.Instant, step: Int) in
      if start == nil { start = (now, step) }
      return start ?? (now, step)
    }
    guard step > first.step else { return "" }
    let seconds = (now - first.time) / .seconds(1) / Double(step - first.step) * Double(steps - step)
    let (hours, minutes) = (Int(min(seconds, 1e9)) / 3600, Int(min(seconds, 1e9)) / 60 % 60)
    return "  \(hours) h \(minutes) min left"
  }

  /// Prints the result of the run.
  func end(_ summary: TrainSummary, _ folder: RunFolder) {
    clear()
    if isJSON {
      Console.print(EndEvent(step: summary.step, done: summary.done, run: folder.url.path).json)
    } else if !isQuiet {
      Console.say(
        summary.done == 0
          ? "train: nothing to do, all \(summary.step) steps are done"
          : "train: \(summary.done) steps done, \(summary.step) in total")
      Console.say("  samples: \(folder.samples(step: summary.step).path)")
    }
  }

  /// Removes the progress bar.
  func clear() {
    bar.withLock { bar in
      bar?.finish()
      bar = nil
    }
  }

  private func say(_ text: String) {
    if let bar = bar.withLock({ $0 }) { bar.say(text) } else { Console.say(text) }
  }

  private struct StepEvent: Encodable {
    var event = "step"
    var stage = "train"
    var step: Int
    var of: Int
    var losses: [String: Double]
    var rate: Double
    var seconds: Double
  }

  private struct MeasureEvent: Encodable {
    var event = "distance"
    var stage = "train"
    var step: Int
    var measure: String
    var distance: [String: DistanceEstimate]
    var untranslated: DistanceEstimate?
    var noiseFloor: [String: DistanceEstimate]
    var isBest: Bool

    init(_ report: DistanceReport, step: Int, isBest: Bool) {
      distance = Dictionary(uniqueKeysWithValues: report.distance.map { ($0.key.rawValue, $0.value) })
      (measure, untranslated, noiseFloor) = (report.measure, report.untranslated, report.noiseFloor)
      (self.step, self.isBest) = (step, isBest)
    }
  }

  private struct EndEvent: Encodable {
    var event = "summary"
    var stage = "train"
    var step: Int
    var done: Int
    var run: String
  }
}
