public import Dataset
import Foundation
import Imaging
import Synchronization

/// Shows the events of stages as a bar, lines and JSON.
public final class ConsoleReporter: StageReporter {
  /// The amount of output.
  public enum Style: Sendable {
    /// One JSON object a line on stdout.
    case json
    /// Only errors.
    case quiet
    /// A progress bar, a line for each failure, and a summary.
    case normal
    /// A line for each item as well.
    case verbose
  }

  private let style: Style
  private let bar = Mutex<ProgressBar?>(nil)
  private let leftOut = Mutex(0)
  private let starts = Mutex<[Stage: ContinuousClock.Instant]>([:])

  /// A reporter with the style `style`.
  public init(style: Style) { self.style = style }

  /// Whether anything was skipped or failed, which makes the exit status 2.
  public var hasLeftOut: Bool { leftOut.withLock { $0 > 0 } }

  /// Shows a bar.
  public func stageStarted(_ stage: Stage, total: Int?) {
    starts.withLock { $0[stage] = .now }
    guard style == .normal || style == .verbose else { return }
    bar.withLock { $0 = ProgressBar(title: stage.rawValue, total: total) }
  }

  /// Updates the progress bar, and writes a line if the item needs one.
  public func itemFinished(_ item: ItemReport, of stage: Stage) {
    if item.status != .done { leftOut.withLock { $0 += 1 } }
    if style == .json { Console.print(ItemEvent(item, stage).json) }
    if item.status == .failed && style != .json || style == .verbose { show(line(of: item)) }
    bar.withLock { $0 }?.advance()
  }

  /// Replaces the bar by the summary.
  public func stageFinished(_ summary: StageSummary) {
    bar.withLock { bar in
      bar?.finish()
      bar = nil
    }
    switch style {
    case .json:
      let start = starts.withLock { $0[summary.stage] }
      Console.print(SummaryEvent(summary, seconds: start.map(Self.seconds)).json)
    case .quiet: break
    case .normal, .verbose:
      Console.say(ConsoleReporter.sentence(summary))
      for note in summary.notes { Console.say("  \(SystemPath.printable(note))") }
    }
  }

  /// The seconds since `start`, to the hundredth.
  private static func seconds(since start: ContinuousClock.Instant) -> Double {
    let took = start.duration(to: .now).components
    return (Double(took.seconds) * 100 + (Double(took.attoseconds) / 1e16).rounded()) / 100
  }

  /// Writes a line.
  public func note(_ text: String) {
    if style != .quiet { show(SystemPath.printable(text)) }
  }

  private func show(_ text: String) {
    if let bar = bar.withLock({ $0 }) { bar.say(text) } else { Console.say(text) }
  }

  /// One line about an item, whatever characters its name has.
  func line(of item: ItemReport) -> String {
    var text = "\(item.path): \(item.status.rawValue)"
    if let why = item.why { text += " (\(why))" }
    if let detail = item.detail { text += ": \(detail)" }
    return SystemPath.printable(text)
  }

  /// One line about a stage, such as `crop: 57 done, 3 skipped (3 no-face), 12 unchanged`.
  static func sentence(_ summary: StageSummary) -> String {
    var parts: [String] = []
    if summary.isIdle {
      parts.append("nothing to do")
    } else {
      parts.append("\(summary.done) done")
      for (name, reasons) in [("skipped", summary.skipped), ("failed", summary.failed)] where !reasons.isEmpty
      {
        let list = reasons.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
        parts.append(
          "\(reasons.values.reduce(0, +)) \(name) ("
            + list.map { "\($0.value) \($0.key)" }.joined(separator: ", ") + ")")
      }
    }
    if summary.unchanged > 0 { parts.append("\(summary.unchanged) unchanged") }
    if summary.done == 0, summary.rewritten > 0 { parts.append("\(summary.rewritten) files written again") }
    return "\(summary.stage.rawValue): " + parts.joined(separator: ", ")
  }
}
