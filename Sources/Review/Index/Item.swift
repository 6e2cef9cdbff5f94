import Dataset
import Ledger

/// A sample in the page's list.
struct Item: Sendable, Equatable, Encodable {
  /// A decision of the user or the rules: whether the sample is kept, and the reason if it is rejected.
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

  /// The sample's ID.
  let id: String
  let domain: Domain
  /// The file's name, with the time in a video and the number of the face.
  let name: String
  /// A version that changes with the pictures, so that a browser can cache them.
  let picture: String
  /// Its position in the order of files and times.
  let place: Int
  /// The mask's flags.
  let flags: [String]
  /// The measures that are inside the rules' limits but near them.
  let borderline: [String]
  /// Whether the user should check it.
  let needsCheck: Bool
  /// The kept sample of its duplicates; nil if it has none.
  let set: String?
  /// Whether the user moved it to or from a group of duplicates after the last curation.
  let isRegrouped: Bool
  /// Its split after the last curation; nil if it is not in the dataset.
  let split: Split?
  /// Whether it has a crop; if not, the user can draw a frame.
  private(set) var isCut = true
  /// The name of the person or character that it seems to show, for the search; nil if there is none.
  var character: String?
  var rule: Decision?
  var person: Decision?
  /// The revision of its last change; a request to change it must name the version that the user saw.
  var version = 0

  /// A sample from its records.
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

  /// Whether both are displayed in the same way; versions are not compared.
  func shows(theSameAs other: Item) -> Bool {
    var other = other
    other.version = version
    return self == other
  }
}
