import Dataset
package import Foundation

/// One logged step.
public struct LogEntry: Sendable, Equatable, Codable {
  /// The step, from 1.
  public var step: Int
  /// Every loss term by its published name.
  public var losses: [String: Double]
  /// The learning rate of both optimisers.
  public var rate: Double
  /// The duration of the step in seconds.
  public var seconds: Double
  /// The peak memory of the process, in MiB.
  public var memory: Int
  /// Warnings since the last entry; nil if there are none.
  public var notes: [String]?
  /// The name of the measure of `distance`; nil without distances, and in logs of earlier versions.
  public var measure: String?
  /// The distances of translated test images from the target domain, with their standard errors, by direction.
  public var distance: [String: DistanceEstimate]?
  /// The same distance for images of A and B without translation.
  public var untranslated: DistanceEstimate?
  /// The same distance between two halves of one domain's images, by domain.
  public var noiseFloor: [String: DistanceEstimate]?

  /// An entry without notes and distances.
  package init(step: Int, losses: [String: Double], rate: Double, seconds: Double, memory: Int) {
    (self.step, self.losses, self.rate, self.seconds, self.memory) = (step, losses, rate, seconds, memory)
  }

  /// Adds the distances of `report`.
  mutating func add(_ report: DistanceReport) {
    measure = report.measure
    distance = Dictionary(uniqueKeysWithValues: report.distance.map { ($0.key.rawValue, $0.value) })
    (untranslated, noiseFloor) = (report.untranslated, report.noiseFloor)
  }
}

/// The run's `log.jsonl`: one JSON object per line, truncated to the checkpoint's step when a run resumes.
package struct RunLog {
  private let handle: FileHandle
  private let path: String

  /// Opens the log at `url` and removes its entries after `step`.
  package init(_ url: URL, keepingUpTo step: Int) throws {
    let old = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    let kept = old.split(separator: "\n").filter { line in
      guard let entry = try? JSONDecoder().decode(LogEntry.self, from: Data(line.utf8)) else { return false }
      return entry.step <= step
    }
    try AtomicFile.write(Array(kept.map { $0 + "\n" }.joined().utf8), to: url)
    path = url.path
    handle = try FileHandle(forWritingTo: url)
    try handle.seekToEnd()
  }

  /// Appends one entry.
  ///
  /// - Throws: `WriteError`.
  package func append(_ entry: LogEntry) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let line = try encoder.encode(entry) + Data("\n".utf8)
    do { try handle.write(contentsOf: line) } catch {
      let isFull = (error as? CocoaError)?.code == .fileWriteOutOfSpace
      throw WriteError(path: path, code: isFull ? ENOSPC : EIO)
    }
  }

  /// Whether `step` is logged: each of the first hundred steps, then every tenth.
  static func isLogged(_ step: Int) -> Bool { step <= 100 || step % 10 == 0 }

  /// The peak memory of this process in MiB; 0 if the system does not report it.
  package static var peakMemory: Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
  }
}
