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
      self.init(keep: row.keep, why: row.reason?.rawValue, detail: row.detail)
    }

    init(keep: Bool, why: String?, detail: String?) {
      (self.keep, self.why, self.detail) = (keep, why, detail)
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
  /// Whether there is a crop; a person can bring one about where there is none.
  private(set) var isCut = true
  var rule: Verdict?
  var person: Verdict?
  /// The revision in which it was last changed; a change must name the version that it is about.
  var version = 0

  /// A sample from what is known of it.
  init(
    id: String, domain: Domain, name: String, picture: String, place: Int, flags: [String], doubts: [String],
    needsEye: Bool, set: String?, isRegrouped: Bool, split: Split?, rule: Verdict?, person: Verdict?
  ) {
    (self.id, self.domain, self.name, self.picture) = (id, domain, name, picture)
    (self.place, self.flags, self.doubts, self.needsEye) = (place, flags, doubts, needsEye)
    (self.set, self.isRegrouped, self.split) = (set, isRegrouped, split)
    (self.rule, self.person, isCut) = (rule, person, true)
  }

  /// What is not cut, and so has nothing but its source.
  init(
    id: String, domain: Domain, name: String, picture: String, place: Int, rule: Verdict?, person: Verdict?
  ) {
    self.init(
      id: id, domain: domain, name: name, picture: picture, place: place, flags: [], doubts: [],
      needsEye: false, set: nil, isRegrouped: false, split: nil, rule: rule, person: person)
    isCut = false
  }

  /// Whether nothing that the page shows differs; versions are not asked.
  func shows(theSameAs other: Item) -> Bool {
    var other = other
    other.version = version
    return self == other
  }
}
