extension CropSettings {
  /// How much around a face belongs to its crop.
  ///
  /// A face reaches from brow line to chin and from cheek to cheek, whatever its landmarks or its box come from, so that
  /// photographs and drawings are framed by one rule.
  public enum Framing: Sendable, Hashable {
    /// Brow-to-chin box, 0.8 of its height above, 0.3 below, 0.3 of its width at each side, squared (photo2cartoon's
    /// data_process.py).
    case photo2cartoon
    /// A square of 1.75 times the face box, its centre 0.35 of the box higher (Danbooru Faces v0.1).
    case danbooru
    /// Four times the eyes' distance or 3.6 times that from eyes to mouth, about a place a tenth of the way from eyes to
    /// mouth (FFHQ's download_ffhq.py).
    case ffhq
    /// Eyes at 0.47, mouth at 0.81 of the height: the tight square that face recognition learns from (ArcFace's template).
    case arcface
    /// A square of so many times the face box's longer side about its centre.
    case box(Double)
    /// A brow-to-chin box with so much of its height above and below and of its width at each side, squared.
    case margins(up: Double, down: Double, sides: Double)
    /// As the other domain is framed, then zoomed and moved until the faces of both sit alike.
    case matched
  }
}

extension CropSettings.Framing: LosslessStringConvertible {
  /// The framings that have a name.
  static let named: [String: Self] = [
    "photo2cartoon": .photo2cartoon, "danbooru": .danbooru, "ffhq": .ffhq, "arcface": .arcface,
    "matched": .matched,
  ]
  /// The words that may be written.
  public static let words = ["photo2cartoon", "danbooru", "ffhq", "arcface", "matched"]
  /// What may be written.
  public static let allowed =
    "\(words.joined(separator: ", ")), a number from 1 to 10 (so many times the face box), or "
    + "{ up: 0.8, down: 0.3, sides: 0.3 }"

  /// The names of the margins, in the order in which they are written.
  static let marginNames = ["up", "down", "sides"]

  /// Reads a name, a number from 1 to 10, `{ box: 1.5 }` or `{ up: 0.8, down: 0.3, sides: 0.3 }`; nil for anything else.
  public init?(_ description: String) {
    if let named = Self.named[description] {
      self = named
      return
    }
    guard description.hasPrefix("{") else {
      guard let factor = Self.number(description) else { return nil }
      self.init(fields: ["box": factor])
      return
    }
    guard description.hasSuffix("}") else { return nil }
    var fields: [String: Double] = [:]
    for part in description.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: ":", omittingEmptySubsequences: false).map {
        $0.trimmingPrefix { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      }
      guard pair.count == 2, let value = Self.number(String(pair[1])) else { return nil }
      guard fields.updateValue(value, forKey: String(pair[0])) == nil else { return nil }
    }
    self.init(fields: fields)
  }

  /// `box` from 1 to 10, or all of `marginNames`, each from 0 to 5.
  init?(fields: [String: Double]) {
    if let factor = fields["box"], fields.count == 1, (1...10).contains(factor) {
      self = .box(factor)
    } else if fields.count == 3, let up = fields["up"], let down = fields["down"],
      let sides = fields["sides"], [up, down, sides].allSatisfy((0...5).contains)
    {
      self = .margins(up: up, down: down, sides: sides)
    } else {
      return nil
    }
  }

  private static func number(_ text: String) -> Double? {
    text.allSatisfy { "0123456789.".contains($0) } ? Double(text) : nil
  }

  /// As it is written in the settings.
  public var description: String {
    switch self {
    case .photo2cartoon: "photo2cartoon"
    case .danbooru: "danbooru"
    case .ffhq: "ffhq"
    case .arcface: "arcface"
    case .matched: "matched"
    case .box(let factor): factor.written
    case .margins(let up, let down, let sides):
      "{ up: \(up.written), down: \(down.written), sides: \(sides.written) }"
    }
  }
}

extension ValueType<CropSettings.Framing> {
  /// A name, a number, or a table of margins.
  static let framing = ValueType(allowed: CropSettings.Framing.allowed, words: CropSettings.Framing.words) {
    node, folder in
    switch node.content {
    case .scalar(let text, _): return CropSettings.Framing(text)
    case .table(let entries):
      let known = CropSettings.Framing.marginNames + ["box"]
      for entry in entries where !known.contains(entry.name) {
        throw SettingsError(
          place: entry.place,
          message: "unknown key '\(entry.name)' under \(node.path)"
            + suggestion(for: entry.name, in: known, called: "key"))
      }
      let fields = try entries.map { entry in
        let range = entry.name == "box" ? 1.0...10 : 0.0...5
        return (entry.name, try ValueType<Double>.number(range).value(of: entry.value, in: folder))
      }
      return CropSettings.Framing(fields: Dictionary(fields, uniquingKeysWith: { $1 }))
    default: return nil
    }
  } format: {
    .inline("\($0)")
  }
}
