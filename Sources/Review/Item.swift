import Dataset
import Ledger

/// One sample as the page lists it.
struct Item: Sendable, Equatable, Encodable {
  /// What somebody, or a rule, says about it.
  struct Verdict: Sendable, Equatable, Encodable {
    let keep: Bool
    let why: String?
    let detail: String?

    init(_ row: DecisionRow) {
      (keep, why, detail) = (row.keep, row.reason?.rawValue, row.detail)
    }
  }

  /// The sample's identity.
  let id: String
  let domain: Domain
  /// What a person calls it: the file, with the time in a video and the number of the face.
  let name: String
  /// Changes when the pictures change, so that a browser may keep them.
  let picture: String
  /// Its place in the order of files and times.
  let place: Int
  /// What looks wrong about the mask.
  let flags: [String]
  /// The measures that are near their thresholds.
  let doubts: [String]
  /// Whether rules alone cannot be trusted with it.
  let needsEye: Bool
  /// The kept one of the samples that show the same picture; nil where there is no other.
  let set: String?
  /// Whether a person put it with, or apart from, others since the last curation.
  let isRegrouped: Bool
  /// Where the last curation put it; nil where it was left out.
  let split: Split?
  var rule: Verdict?
  var person: Verdict?
  /// The revision in which it was last changed; a change must name the version that it is about.
  var version = 0

  /// Whether nothing that the page shows differs; versions are not asked.
  func shows(theSameAs other: Item) -> Bool {
    var other = other
    other.version = version
    return self == other
  }
}
