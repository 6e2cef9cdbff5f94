import Dataset
import Imaging
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
  /// What looks wrong about the mask.
  let flags: [String]
  /// Whether rules alone cannot be trusted with it.
  let needsEye: Bool
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

/// All that the ledger knows about one sample.
struct Facts: Sendable {
  let image: ImageRow
  let crop: CropRow
  let mask: MaskRow?
  let measures: MeasureRow?

  /// The value of a measure that rules can be about; nil where this sample has none.
  func value(of measure: String) -> Double? {
    switch measure {
    case "roll": crop.face.roll
    case "coverage": mask?.summary.method == "none" ? nil : mask?.summary.coverage
    case "score": measures?.quality[measure] ?? crop.face.score
    case "outside": measures?.quality[measure] ?? crop.cut?.outside
    case "native-face": measures?.quality[measure] ?? min(crop.face.box.width, crop.face.box.height)
    default: measures?.quality[measure]
    }
  }

  /// What a person calls it.
  var name: String {
    var name = image.path
    if let time = image.time {
      // Tenths of a second tell frames apart; a person reads minutes.
      let tenths = Int((time * 10).rounded())
      let (minutes, rest) = tenths.quotientAndRemainder(dividingBy: 600)
      name += " at \(minutes):\(rest < 100 ? "0" : "")\(rest / 10).\(rest % 10)"
    }
    return crop.number == 0 ? name : "\(name), face \(crop.number + 1)"
  }
}
