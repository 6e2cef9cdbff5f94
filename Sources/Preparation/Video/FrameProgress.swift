import Terminal

/// The progress of reading a video: a bar in a terminal, else a line a minute.
struct FrameProgress {
  private let title: String
  private let total: Int?
  private let bar: ProgressBar?
  private let printsLines: Bool
  private var next = ContinuousClock.now + .seconds(60)
  private var done = 0

  /// A progress of `total` frames; nil if the number is unknown.
  init(_ title: String, total: Int?, isShown: Bool) {
    (self.title, self.total) = (title, total)
    bar = isShown && Console.isInteractive ? ProgressBar(title: title, total: total) : nil
    printsLines = isShown && bar == nil
  }

  /// Adds a finished frame.
  mutating func advance() {
    done += 1
    bar?.advance(to: done)
    guard printsLines, .now >= next else { return }
    next = .now + .seconds(60)
    Console.say("translate: \(title), \(done)\(total.map { " of \($0)" } ?? "") frames")
  }

  /// Removes the bar.
  func finish() { bar?.finish() }
}
