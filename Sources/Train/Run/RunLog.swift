import Dataset
package import Foundation

/// What is kept of one step.
public struct LogEntry: Sendable, Equatable, Codable {
  /// The step, from 1.
  public var step: Int
  /// Every loss term by its published name.
  public var losses: [String: Double]
  /// The learning rate of both optimisers.
  public var rate: Double
  /// Seconds that the step took.
  public var seconds: Double
  /// The most memory that the process has held, in MiB.
  public var memory: Int
  /// Warnings since the last entry; nil if there are none.
  public var notes: [String]?
  /// The distances of translated test images from the target domain, with their standard errors, by direction.
  public var distance: [String: FeatureDistance.Estimate]?

  /// What is kept of a step.
  package init(step: Int, losses: [String: Double], rate: Double, seconds: Double, memory: Int) {
    (self.step, self.losses, self.rate, self.seconds, self.memory) = (step, losses, rate, seconds, memory)
  }
}

/// The run's `log.jsonl`: one JSON object a line, cut back to the checkpoint when a run goes on.
package struct RunLog {
  private let handle: FileHandle

  /// Opens the log at `url` and keeps what is in it up to `step`.
  package init(_ url: URL, keepingUpTo step: Int) throws {
    let old = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    let kept = old.split(separator: "\n").filter { line in
      guard let entry = try? JSONDecoder().decode(LogEntry.self, from: Data(line.utf8)) else { return false }
      return entry.step <= step
    }
    try AtomicFile.write(Array(kept.map { $0 + "\n" }.joined().utf8), to: url)
    handle = try FileHandle(forWritingTo: url)
    try handle.seekToEnd()
  }

  /// Appends one line.
  package func append(_ entry: LogEntry) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try handle.write(contentsOf: try encoder.encode(entry) + Data("\n".utf8))
  }

  /// Whether step number `step` is written: each of the first hundred, then every tenth.
  static func isLogged(_ step: Int) -> Bool { step <= 100 || step % 10 == 0 }

  /// The most memory that this process has held, in MiB, as the system counts it.
  package static var peakMemory: Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
  }
}
