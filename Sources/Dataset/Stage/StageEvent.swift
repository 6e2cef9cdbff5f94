/// The stages of the data flow.
public enum Stage: String, Sendable, Hashable, Codable, CaseIterable {
  /// From the screen to pictures.
  case capture
  /// From sources to face crops.
  case crop
  /// From crops to cutouts.
  case mask
  /// From cutouts to the dataset.
  case curate
  /// From the dataset to trained networks.
  case train
  /// From images to translated images.
  case translate
  /// From the dataset to another format.
  case export
}

/// The result of one item of a stage.
public struct ItemReport: Sendable, Hashable {
  /// The possible results.
  public enum Status: String, Sendable, Hashable, Codable {
    /// It was processed.
    case done
    /// It was skipped for a reason.
    case skipped
    /// It could not be processed.
    case failed
  }

  /// The file's path, for users.
  public var path: String
  /// The result.
  public var status: Status
  /// Why it was skipped or failed.
  public var why: Reason?
  /// One sentence for users about the result.
  public var detail: String?
  /// The written files.
  public var outputs: [String]

  /// A report from all its fields.
  public init(
    path: String, status: Status, why: Reason? = nil, detail: String? = nil, outputs: [String] = []
  ) {
    (self.path, self.status, self.why, self.detail) = (path, status, why, detail)
    self.outputs = outputs
  }
}

extension ItemReport {
  /// The report on a folder that does not exist or cannot be opened.
  public static func unreadableFolder(_ path: String) -> ItemReport {
    ItemReport(
      path: path, status: .failed, why: "unreadable-folder",
      detail: "the folder does not exist or cannot be opened")
  }
}

/// The result of a whole stage.
public struct StageSummary: Sendable, Hashable {
  /// The stage.
  public var stage: Stage
  /// The number of items that this run processed.
  public var done = 0
  /// The number of items that this run skipped, by reason.
  public var skipped: [Reason: Int] = [:]
  /// The number of items that failed in this run, by reason.
  public var failed: [Reason: Int] = [:]
  /// The number of items that an earlier run had already processed.
  public var unchanged = 0
  /// The number of files that were written again, although their items are unchanged or were decided earlier.
  public var rewritten = 0
  /// Further notes, one sentence each.
  public var notes: [String] = []

  /// A summary without items yet.
  public init(stage: Stage) { self.stage = stage }

  /// Adds `report` to the counts.
  public mutating func count(_ report: ItemReport) {
    switch report.status {
    case .done: done += 1
    case .skipped: skipped[report.why ?? "unknown", default: 0] += 1
    case .failed: failed[report.why ?? "unknown", default: 0] += 1
    }
  }

  /// Whether nothing had to be done.
  public var isIdle: Bool { done == 0 && rewritten == 0 && skipped.isEmpty && failed.isEmpty }
  /// The number of items that were skipped or failed.
  public var leftOut: Int { skipped.values.reduce(0, +) + failed.values.reduce(0, +) }
}

/// Receives the events of a stage while it runs.
///
/// Commands show them as progress bars, lines and JSON.
public protocol StageReporter: Sendable {
  /// A stage started with `total` items; nil if their number is unknown.
  func stageStarted(_ stage: Stage, total: Int?)
  /// One item is finished.
  func itemFinished(_ item: ItemReport, of stage: Stage)
  /// A stage is finished.
  func stageFinished(_ summary: StageSummary)
  /// A message in one line, such as a warning about a whole source.
  func note(_ text: String)
}

/// A reporter that shows nothing.
public struct SilentReporter: StageReporter {
  /// Creates the reporter.
  public init() {}
  /// Does nothing.
  public func stageStarted(_ stage: Stage, total: Int?) {}
  /// Does nothing.
  public func itemFinished(_ item: ItemReport, of stage: Stage) {}
  /// Does nothing.
  public func stageFinished(_ summary: StageSummary) {}
  /// Does nothing.
  public func note(_ text: String) {}
}
