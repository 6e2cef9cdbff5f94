public import Dataset
public import Imaging
public import PublishedDataset

/// Everything that is known about one source image and about each of its faces.
public struct ImageStory: Sendable, Encodable {
  /// One face.
  public struct Face: Sendable, Encodable {
    /// The sample as in the manifests, or as in the ledger if the dataset was not written yet.
    public let sample: Sample
    /// The results of the rules.
    public let rules: [RuleCheck]
    /// Whether a user accepted it; nil without a user's decision.
    public let person: Bool?
    /// The names of the samples that were rejected as its duplicates.
    public let copies: [String]
    /// The names of the other samples of its group, which is never split.
    public let companions: [String]
    /// The name of the sample that was kept instead of it.
    public let keptInstead: String?
    /// The name of the most similar training sample.
    public let nearest: String?
    /// The first stage that it has not passed; nil if it passed all.
    public let missing: Stage?
  }

  /// The last known absolute path of the file.
  public let file: String
  /// Whether the sources still contain it.
  public let isPresent: Bool
  /// Its domain.
  public let domain: Domain
  /// The kind of its source.
  public let kind: SourceKind
  /// The source's path, digest and time.
  public let source: Sample.Source
  /// Width and height in pixels; nil if it could not be decoded.
  public let size: PixelSize?
  /// Other files with the same bytes.
  public let sameBytes: [String]
  /// The reason why it has no face; nil if it has one.
  public let why: Reason?
  /// One sentence about the reason.
  public let detail: String?
  /// Its faces.
  public let faces: [Face]

  /// The story as lines of text.
  public var lines: [String] {
    var lines = [source.time.map { "\(source.path) at \(NumberText.time($0))" } ?? source.path]
    var origin = "domain \(domain.rawValue), \(kind.rawValue): \(file)"
    if let size { origin += ", \(size.width) × \(size.height) pixels" }
    lines.append(Self.line("source", origin + (isPresent ? "" : "; no longer in the sources")))
    if !source.sha256.isEmpty { lines.append(Self.line("bytes", "SHA-256 \(source.sha256)")) }
    for copy in sameBytes { lines.append(Self.line("copy", "\(copy) has the same bytes and is rejected")) }
    if let why { lines.append(Self.line("rejected", "\(why)" + (detail.map { ": \($0)" } ?? ""))) }
    for face in faces { lines += face.lines }
    return lines.map { SystemPath.printable($0) }
  }

  fileprivate static func line(_ title: String, _ text: String) -> String {
    "  " + title + String(repeating: " ", count: max(1, 12 - title.count)) + text
  }
}

extension ImageStory.Face {
  fileprivate var lines: [String] {
    var lines: [String] = []
    func add(_ title: String, _ text: String) { lines.append(ImageStory.line(title, text)) }
    func text(_ value: Double) -> String { NumberText.plain(value) }
    add("sample", sample.id)
    if let face = sample.face {
      let (width, height) = (text(face.box.width.rounded()), text(face.box.height.rounded()))
      add(
        "face",
        "found by \(face.detector) (score \(text(face.score))): \(width) × \(height) pixels "
          + "at (\(text(face.box.x)), \(text(face.box.y)))"
          + (face.roll.map { ", tilted by \(text($0))°" } ?? ""))
    }
    if let crop = sample.crop {
      add(
        "crop",
        "scaled by \(text(crop.scale)), \(NumberText.percent(crop.outside)) of it outside the image")
    }
    if let mask = sample.mask {
      let flags = mask.flags.isEmpty ? "no problem found" : mask.flags.joined(separator: ", ")
      add("mask", "\(mask.method), \(NumberText.percent(mask.coverage)) foreground, \(flags)")
    }
    let checked = Set(rules.map(\.measure.rawValue))
    for rule in rules {
      add(
        "measure",
        "\(rule.measure.rawValue) \(text(rule.value)), kept: \(rule.limits)\(rule.holds ? "" : "  <- not met")"
      )
    }
    let others = (sample.quality?.pairs ?? []).filter { !checked.contains($0.name) }
    if !others.isEmpty {
      add("measure", others.map { "\($0.name) \(text($0.value))" }.joined(separator: ", ") + " (no rule)")
    }
    if !copies.isEmpty { add("duplicates", "kept instead of \(Self.list(copies))") }
    if let keptInstead { add("duplicate", "\(keptInstead) is kept instead") }
    if let group = sample.group {
      let others = companions.isEmpty ? "alone" : "with \(Self.list(companions))"
      add("group", "\(group), \(others); a group is never split between train and test")
    }
    if let person { add("you", person ? "accepted it" : "rejected it") }
    if let name = sample.fileName {
      add("file", "\(name), kept by \(sample.decision.by == .person ? "your decision" : "the rules")")
    } else if let why = sample.decision.why {
      add("rejected", "\(why)" + (sample.decision.detail.map { ": \($0)" } ?? ""))
    } else if let missing {
      add("file", "none yet; run easel \(missing.rawValue)")
    }
    if let nearest = sample.nearest {
      add(
        "nearest",
        "training image: \(self.nearest ?? nearest.id), \(nearest.distance) of 64 bits differ, correlation "
          + text(nearest.correlation) + (nearest.likeness.map { ", face similarity \(text($0))" } ?? ""))
    }
    return lines
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(6).joined(separator: ", ") + (names.count > 6 ? " and \(names.count - 6) more" : "")
  }
}
