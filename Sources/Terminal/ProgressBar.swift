import Foundation
import Synchronization

/// A progress bar on stderr, drawn at most ten times a second and only if stderr is a terminal.
public final class ProgressBar: Sendable {
  private struct State {
    var line: ProgressLine
    var drawn = -1.0
    var isVisible = false
  }

  private let start = ContinuousClock.now
  private let isShown: Bool
  private let state: Mutex<State>

  /// A bar that is at 0.
  ///
  /// - Parameters:
  ///   - title: The title of the work.
  ///   - total: The number of items; nil if unknown.
  ///   - isShown: Whether to draw at all.
  public init(title: String, total: Int?, isShown: Bool = Console.isInteractive) {
    self.isShown = isShown
    state = Mutex(State(line: ProgressLine(title: title, done: 0, total: total, seconds: 0)))
  }

  /// Adds one finished item, or sets their number, with an additional text.
  public func advance(to done: Int? = nil, extra: String = "") {
    state.withLock { state in
      state.line.done = done ?? state.line.done + 1
      state.line.extra = extra
      let duration = start.duration(to: .now)
      state.line.seconds =
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
      if isShown, state.line.seconds - state.drawn >= 0.1 { draw(&state) }
    }
  }

  /// Writes a line above the bar.
  public func say(_ text: String) {
    state.withLock { state in
      clear(&state)
      Console.say(text)
      if isShown { draw(&state) }
    }
  }

  /// Removes the bar.
  public func finish() {
    state.withLock { clear(&$0) }
  }

  private func draw(_ state: inout State) {
    Console.write("\r\u{1B}[K" + state.line.text(width: Console.width - 1), to: 2)
    state.drawn = state.line.seconds
    state.isVisible = true
  }

  private func clear(_ state: inout State) {
    if state.isVisible { Console.write("\r\u{1B}[K", to: 2) }
    state.isVisible = false
  }
}
