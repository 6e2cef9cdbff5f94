import Dataset
import WeightFiles

/// The log and the TensorBoard events of a run, which get the same entries.
final class RunRecords {
  /// TensorBoard's events.
  let events: EventFile
  private let folder: RunFolder
  private var log: RunLog

  /// Opens the records of the run in `folder`, and removes the log's entries after `step`.
  init(_ folder: RunFolder, keepingUpTo step: Int) throws {
    self.folder = folder
    log = try RunLog(folder.log, keepingUpTo: step)
    try AtomicFile.makeFolder(folder.events)
    events = try EventFile(in: folder.events)
  }

  /// Removes the log's entries after `step`.
  func goBack(to step: Int) throws { log = try RunLog(folder.log, keepingUpTo: step) }

  /// Adds the entry of one step, whose `distances` are in it; nil if they were not measured.
  ///
  /// - Throws: `WriteError`.
  func add(_ entry: LogEntry, distances: DistanceReport?) throws {
    try log.append(entry)
    try events.add(
      scalars: entry.losses.sorted { $0.key < $1.key }.map { ("loss/\($0.key)", $0.value) } + [
        ("rate", entry.rate), ("seconds", entry.seconds),
      ] + (distances?.scalars ?? []),
      step: entry.step)
    if let notes = entry.notes {
      try events.add(text: notes.joined(separator: "\n\n"), tag: "warnings", step: entry.step)
    }
  }

  /// Closes the event file.
  func close() { try? events.close() }
}
