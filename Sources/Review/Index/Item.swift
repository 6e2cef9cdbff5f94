import Dataset
import Ledger

/// One sample as the page lists it.
struct Item: Sendable, Equatable, Encodable {
  /// Whether it is kept, and why not; by a person or by the rules.
  struct Decision: Sendable, Equatable, Encodable {
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
  /// The file's name, with the time in a video and the number of the face.
  let name: String
  /// Changes when the pictures change, so that a browser can cache them.
  let picture: String
  /// Its place in the order of files and times.
  let place: Int
  /// What looks wrong with the mask.
  let flags: [String]
  /// The measures that are inside the rules' limits but near them.
  let borderline: [String]
  /// Whether a person should check it.
  let needsCheck: Bool
  /// The kept one of the samples that show the same picture; nil if there is no other.
  let set: String?
  /// Whether a person moved it to or from a group of copies since the last curation.
  let isRegrouped: Bool
  /// Its part of the split after the last curation; nil if it is not in the dataset.
  let split: Split?
  /// Whether there is a crop; if not, a person can draw a frame.
  private(set) var isCut = true
  var rule: Decision?
  var person: Decision?
  /// The revision of its last change; whoever changes it names the version that they saw.
  var version = 0

  /// A sample from what is known of it.
  init(
    id: String, domain: Domain, name: String, picture: String, place: Int, flags: [String],
    borderline: [String],
    needsCheck: Bool, set: String?, isRegrouped: Bool, split: Split?, rule: Decision?, person: Decision?
  ) {
    (self.id, self.domain, self.name, self.picture) = (id, domain, name, picture)
    (self.place, self.flags, self.borderline, self.needsCheck) = (place, flags, borderline, needsCheck)
    (self.set, self.isRegrouped, self.split) = (set, isRegrouped, split)
    (self.rule, self.person, isCut) = (rule, person, true)
  }

  /// An image or face without a crop: only its source can be shown.
  init(
    id: String, domain: Domain, name: String, picture: String, place: Int, rule: Decision?, person: Decision?
  ) {
    self.init(
      id: id, domain: domain, name: name, picture: picture, place: place, flags: [], borderline: [],
      needsCheck: false, set: nil, isRegrouped: false, split: nil, rule: rule, person: person)
    isCut = false
  }

  /// Whether the page shows the same; versions are not compared.
  func shows(theSameAs other: Item) -> Bool {
    var other = other
    other.version = version
    return self == other
  }
}
