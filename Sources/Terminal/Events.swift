import Dataset
import Foundation

/// A line of `--json` about one item.
struct ItemEvent: Encodable {
  var event = "item"
  var stage: Stage
  var path: String
  var status: ItemReport.Status
  var why: Reason?
  var detail: String?
  var outputs: [String]

  init(_ item: ItemReport, _ stage: Stage) {
    self.stage = stage
    (path, status, why) = (item.path, item.status, item.why)
    (detail, outputs) = (item.detail, item.outputs)
  }

  private enum CodingKeys: CodingKey { case event, stage, path, status, why, detail, outputs }

  /// Writes a missing `why` as null, so that every line has the same keys.
  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(event, forKey: .event)
    try fields.encode(stage, forKey: .stage)
    try fields.encode(path, forKey: .path)
    try fields.encode(status, forKey: .status)
    try fields.encode(why, forKey: .why)
    try fields.encodeIfPresent(detail, forKey: .detail)
    try fields.encode(outputs, forKey: .outputs)
  }
}

/// The last line of a stage's `--json`.
struct SummaryEvent: Encodable {
  var event = "summary"
  var stage: Stage
  var done: Int
  var skipped: Int
  var failed: Int
  var unchanged: Int
  var reasons: [String: Int]
  var notes: [String]
  /// The duration of the stage in seconds.
  var seconds: Double?

  init(_ summary: StageSummary, seconds: Double? = nil) {
    self.seconds = seconds
    (stage, done, unchanged) = (summary.stage, summary.done, summary.unchanged)
    skipped = summary.skipped.values.reduce(0, +)
    failed = summary.failed.values.reduce(0, +)
    let pairs = summary.skipped.merging(summary.failed, uniquingKeysWith: +)
    reasons = Dictionary(uniqueKeysWithValues: pairs.map { ($0.key.rawValue, $0.value) })
    notes = summary.notes
  }
}

extension Encodable {
  /// The value as one line of JSON with its keys in order.
  package var json: String {
    let encoder = JSONEncoder.stable
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}
