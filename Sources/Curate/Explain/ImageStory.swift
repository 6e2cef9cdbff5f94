public import Dataset
public import Imaging

/// All that is known about one source image, from where it lies to what became of each of its faces.
public struct ImageStory: Sendable, Encodable {
  /// One face of it.
  public struct Face: Sendable, Encodable {
    /// The sample as the manifests have it, or as the ledger has it where the dataset was not made yet.
    public let sample: Sample
    /// What each rule says about it.
    public let rules: [RuleCheck]
    /// Whether a person wants it kept; nil where nobody said so.
    public let person: Bool?
    /// The samples that were left out because they show the same picture.
    public let copies: [String]
    /// The other samples that stay on the same side of the split.
    public let companions: [String]
    /// What stage it still lacks; nil where it went through all of them.
    public let missing: Stage?
  }

  /// The file, absolute, as it was last seen.
  public let file: String
  /// Whether the sources still hold it.
  public let isPresent: Bool
  /// Its domain.
  public let domain: Domain
  /// The kind of its source.
  public let kind: SourceKind
  /// The source's own path, digest and time.
  public let source: Sample.Source
  /// Width and height in pixels; nil where it could not be decoded.
  public let size: PixelSize?
  /// Other files with the same bytes.
  public let sameBytes: [String]
  /// Why no face came of it; nil where one did.
  public let why: Reason?
  /// One sentence about that.
  public let detail: String?
  /// Its faces.
  public let faces: [Face]

  /// The story in lines for a person.
  public var lines: [String] {
    var lines = [source.time.map { "\(source.path) at \(Rules.text($0)) s" } ?? source.path]
    var origin = "domain \(domain.rawValue), \(kind.rawValue): \(file)"
    if let size { origin += ", \(size.width) x \(size.height) pixels" }
    lines.append(Self.line("source", origin + (isPresent ? "" : "; the sources do not hold it any more")))
    if !source.sha256.isEmpty { lines.append(Self.line("bytes", "SHA-256 \(source.sha256)")) }
    for copy in sameBytes { lines.append(Self.line("copy", "\(copy) holds the same bytes and is left out")) }
    if let why { lines.append(Self.line("left out", "\(why)" + (detail.map { ": \($0)" } ?? ""))) }
    for face in faces { lines += face.lines }
    return lines
  }

  fileprivate static func line(_ title: String, _ text: String) -> String {
    "  " + title + String(repeating: " ", count: max(1, 12 - title.count)) + text
  }
}

extension ImageStory.Face {
  fileprivate var lines: [String] {
    var lines: [String] = []
    func add(_ title: String, _ text: String) { lines.append(ImageStory.line(title, text)) }
    add("sample", sample.id)
    if let face = sample.face {
      add(
        "face",
        "found by \(face.detector) (score \(Rules.text(face.score))): \(Self.size(face.box.width, face.box.height)) pixels "
          + "at (\(Rules.text(face.box.x)), \(Rules.text(face.box.y)))"
          + (face.roll.map { ", turned by \(Rules.text($0)) degrees" } ?? ""))
    }
    if let crop = sample.crop {
      add(
        "crop",
        "cut at \(Rules.text(crop.scale)) crop pixels a source pixel, \(Rules.text(crop.outside * 100)) % of it beyond the image"
      )
    }
    if let mask = sample.mask {
      let flags = mask.flags.isEmpty ? "nothing looks wrong" : mask.flags.joined(separator: ", ")
      add("mask", "\(mask.method), \(Rules.text(mask.coverage * 100)) % figure, \(flags)")
    }
    let judged = Set(rules.map(\.measure))
    for rule in rules {
      let asked =
        rule.greatest.map { "\(Rules.text(rule.least)) to \(Rules.text($0))" }
        ?? "at least \(Rules.text(rule.least))"
      add(
        "measure",
        "\(rule.measure) \(Rules.text(rule.value)), kept: \(asked)\(rule.holds ? "" : "  <- not met")")
    }
    let others = (sample.quality ?? [:]).filter { !judged.contains($0.key) }.sorted { $0.key < $1.key }
    if !others.isEmpty {
      add(
        "measure", others.map { "\($0.key) \(Rules.text($0.value))" }.joined(separator: ", ") + " (no rule)")
    }
    if !copies.isEmpty { add("duplicates", "kept instead of \(copies.joined(separator: ", "))") }
    if let group = sample.group {
      let others = companions.isEmpty ? "alone" : "with \(Self.list(companions))"
      add("group", "\(group), \(others); a group stays on one side of the split")
    }
    if let person { add("person", person ? "said keep" : "said reject") }
    if let name = sample.fileName {
      add("place", "\(name), \(sample.decision.by == .person ? "kept by a person" : "kept by the rules")")
    } else if let why = sample.decision.why {
      add("left out", "\(why)" + (sample.decision.detail.map { ": \($0)" } ?? ""))
    } else if let missing {
      add("place", "none yet; run easel \(missing.rawValue)")
    }
    if let nearest = sample.nearest {
      add(
        "nearest",
        "in training: \(nearest.id), \(nearest.distance) of 64 bits differ, the pixels correlate by "
          + Rules.text(nearest.correlation)
          + (nearest.likeness.map { ", the faces are alike by \(Rules.text($0))" } ?? ""))
    }
    return lines
  }

  private static func size(_ width: Double, _ height: Double) -> String {
    "\(Int(width.rounded())) x \(Int(height.rounded()))"
  }

  private static func list(_ ids: [String]) -> String {
    ids.prefix(6).joined(separator: ", ") + (ids.count > 6 ? " and \(ids.count - 6) more" : "")
  }
}
