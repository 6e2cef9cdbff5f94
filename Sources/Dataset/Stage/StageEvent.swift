/// The stages of the data's way.
public enum Stage: String, Sendable, Hashable, Codable, CaseIterable {
  /// The screen to pictures.
  case capture
  /// Sources to face crops.
  case crop
  /// Crops to cutouts.
  case mask
  /// Cutouts to the dataset.
  case curate
  /// The dataset to networks.
  case train
  /// Images through trained networks.
  case translate
  /// The dataset in another form.
  case export
}

/// What became of one item of a stage.
public struct ItemReport: Sendable, Hashable {
  /// What can become of an item.
  public enum Status: String, Sendable, Hashable, Codable {
    /// It went through.
    case done
    /// It was left out for a reason.
    case skipped
    /// It could not be worked on.
    case failed
  }

  /// The file, as a person would name it.
  public var path: String
  /// What became of it.
  public var status: Status
  /// Why it was skipped or failed.
  public var why: Reason?
  /// One sentence for a person about why.
  public var detail: String?
  /// The files that came of it.
  public var outputs: [String]

  /// A report from all its fields.
  public init(
    path: String, status: Status, why: Reason? = nil, detail: String? = nil, outputs: [String] = []
  ) {
    (self.path, self.status, self.why, self.detail) = (path, status, why, detail)
    self.outputs = outputs
  }
}

/// What a stage did in all.
public struct StageSummary: Sendable, Hashable {
  /// The stage.
  public var stage: Stage
  /// Items that went through in this run.
  public var done = 0
  /// Items left out in this run, by reason.
  public var skipped: [Reason: Int] = [:]
  /// Items that failed in this run, by reason.
  public var failed: [Reason: Int] = [:]
  /// Items that an earlier run had done already.
  public var unchanged = 0
  /// What there is to say besides, one sentence each.
  public var notes: [String] = []

  /// A summary of nothing yet.
  public init(stage: Stage) { self.stage = stage }

  /// Counts `report` in.
  public mutating func count(_ report: ItemReport) {
    switch report.status {
    case .done: done += 1
    case .skipped: skipped[report.why ?? "unknown", default: 0] += 1
    case .failed: failed[report.why ?? "unknown", default: 0] += 1
    }
  }

  /// Whether nothing had to be done.
  public var isIdle: Bool { done == 0 && skipped.isEmpty && failed.isEmpty }
  /// How many items were skipped or failed.
  public var leftOut: Int { skipped.values.reduce(0, +) + failed.values.reduce(0, +) }
}

/// Receives the events of a stage while it runs; commands show them as bars, lines and JSON.
public protocol StageReporter: Sendable {
  /// A stage begins with `total` items to do, nil where that is not known.
  func began(_ stage: Stage, total: Int?)
  /// One item is finished.
  func finished(_ item: ItemReport, of stage: Stage)
  /// A stage is at its end.
  func ended(_ summary: StageSummary)
  /// Something worth a line, such as a warning about a whole source.
  func note(_ text: String)
}

/// A reporter that shows nothing.
public struct SilentReporter: StageReporter {
  /// The only one.
  public init() {}
  /// Does nothing.
  public func began(_ stage: Stage, total: Int?) {}
  /// Does nothing.
  public func finished(_ item: ItemReport, of stage: Stage) {}
  /// Does nothing.
  public func ended(_ summary: StageSummary) {}
  /// Does nothing.
  public func note(_ text: String) {}
}
