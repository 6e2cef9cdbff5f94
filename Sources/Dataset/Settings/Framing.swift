extension CropSettings {
  /// How much of the image around a face its crop shows.
  ///
  /// All framings are relative to the face's extent from brow line to chin and from cheek to cheek, which
  /// follows from landmarks or a box. So photographs and anime are framed by the same rule.
  public enum Framing: Sendable, Hashable {
    /// The brow-to-chin box with margins of 0.8 of its height above, 0.3 below and 0.3 of its width at each
    /// side, extended to a square (photo2cartoon's data_process.py).
    case photo2cartoon
    /// A square of 1.75 times the face box, shifted up by 0.35 of the box (Danbooru Faces v0.1).
    case danbooru
    /// A square of four times the distance between the eyes or 3.6 times the distance from eyes to mouth,
    /// whichever is larger. Its center is a tenth of the way from eyes to mouth (FFHQ's download_ffhq.py).
    case ffhq
    /// The tight square that face recognition uses, with the eyes at 0.47 and the mouth at 0.81 of the height
    /// (ArcFace's template).
    case arcface
    /// A square around the center of the face box; its side is this many times the box's longer side.
    case box(Double)
    /// The brow-to-chin box with these margins, extended to a square: `up` and `down` in heights of the box,
    /// `sides` in widths.
    case margins(up: Double, down: Double, sides: Double)
    /// photo2cartoon's framing with narrower margins, the same for both domains: the widest ones for which at
    /// most this share of a domain's crops has more than 5 % outside the picture.
    case fit(limit: Double)
    /// The framing of the other domain. Then the domain with the smaller faces is zoomed in until the faces
    /// of both domains have the same size.
    case matched
  }
}

extension CropSettings.Framing: LosslessStringConvertible {
  /// The framings that have a name.
  static let named: [String: Self] = [
    "photo2cartoon": .photo2cartoon, "danbooru": .danbooru, "ffhq": .ffhq, "arcface": .arcface,
    "fit": .fit(limit: 0.1), "matched": .matched,
  ]
  /// The allowed words.
  public static let words = ["photo2cartoon", "danbooru", "ffhq", "arcface", "fit", "matched"]
  /// A description of the allowed values for error messages.
  public static let allowed =
    "\(words.joined(separator: ", ")), a number from 1 to 10 (times the side of the face box), or "
    + "{ up: 0.8, down: 0.3, sides: 0.3 }"

  /// The names of the margins in the written order.
  static let marginNames = ["up", "down", "sides"]

  /// Reads a name, a number from 1 to 10, `{ box: 1.5 }`, `{ fit: 0.05 }` or `{ up: 0.8, down: 0.3, sides: 0.3 }`; nil for
  /// anything else.
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

  /// `box` from 1 to 10, `fit` from 0 to 0.5, or all of `marginNames`, each from 0 to 5.
  init?(fields: [String: Double]) {
    if let limit = fields["fit"], fields.count == 1, (0...0.5).contains(limit) {
      self = .fit(limit: limit)
    } else if let factor = fields["box"], fields.count == 1, (1...10).contains(factor) {
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

  /// The text in the settings.
  public var description: String {
    switch self {
    case .photo2cartoon: "photo2cartoon"
    case .danbooru: "danbooru"
    case .ffhq: "ffhq"
    case .arcface: "arcface"
    case .matched: "matched"
    case .fit(let limit): limit == 0.1 ? "fit" : "{ fit: \(limit.written) }"
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
      let known = CropSettings.Framing.marginNames + ["box", "fit"]
      for entry in entries where !known.contains(entry.name) {
        throw SettingsError(
          place: entry.place,
          message: "unknown key '\(entry.name)' under \(node.path)"
            + suggestion(for: entry.name, in: known, called: "key"))
      }
      let fields = try entries.map { entry in
        let range = entry.name == "box" ? 1.0...10 : entry.name == "fit" ? 0.0...0.5 : 0.0...5
        return (entry.name, try ValueType<Double>.number(range).value(of: entry.value, in: folder))
      }
      return CropSettings.Framing(fields: Dictionary(fields, uniquingKeysWith: { $1 }))
    default: return nil
    }
  } format: {
    .inline("\($0)")
  }
}
