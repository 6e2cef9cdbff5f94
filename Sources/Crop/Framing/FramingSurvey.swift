public import Dataset

/// How the faces of some images sit in crops whose framing is not matched yet, so that several machines can look at
/// different images before one framing is solved for all.
public struct FramingSurvey: Sendable, Codable {
  /// The faces of each image.
  private var faces: [Domain: [SourceID: [FramingMatch.Placement]]] = [:]

  /// A survey of no image.
  public init() {}

  /// Adds the faces of an image; one that is there already has the same bytes and so the same faces.
  mutating func add(_ placements: [FramingMatch.Placement], of image: SourceID, in domain: Domain) {
    if faces[domain]?[image] == nil { faces[domain, default: [:]][image] = placements }
  }

  /// Adds the images of another survey.
  public mutating func merge(_ other: FramingSurvey) {
    for (domain, images) in other.faces {
      for (image, placements) in images { add(placements, of: image, in: domain) }
    }
  }

  /// The faces of all images of a domain, in the order of the images' identities.
  private func placements(of domain: Domain) -> [FramingMatch.Placement] {
    (faces[domain] ?? [:]).sorted { $0.key < $1.key }.flatMap(\.value)
  }

  /// How the matched domain's crops are zoomed and moved; nil if no framing of `settings` is matched, or if one domain has
  /// no faces.
  public func comparison(_ settings: Settings) -> FramingComparison? {
    guard let moved = Self.movedDomain(settings) else { return nil }
    return FramingMatch.solve(placements(of: moved), of: moved, to: placements(of: moved == .a ? .b : .a))?.1
  }

  /// The domain whose framing is matched to the other's; nil if none is.
  ///
  /// If both are, domain A is the reference.
  public static func movedDomain(_ settings: Settings) -> Domain? {
    Domain.allCases.last { settings.domains[$0]?.crop.framing == .matched }
  }

  /// Writes `{"A": {"<image>": [[eye line, face share, aside, roll], ...]}}`.
  public func encode(to encoder: any Encoder) throws {
    let text = faces.map { domain, images in
      (
        domain.rawValue,
        Dictionary(
          uniqueKeysWithValues: images.map { image, placements in
            (image.rawValue, placements.map { [$0.eyeLine, $0.faceShare, $0.aside, $0.roll] })
          })
      )
    }
    var container = encoder.singleValueContainer()
    try container.encode(Dictionary(uniqueKeysWithValues: text))
  }

  /// Reads what `encode` wrote.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    for (name, images) in try container.decode([String: [String: [[Double]]]].self) {
      guard let domain = Domain(rawValue: name) else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "no domain is called \(name)")
      }
      for (image, rows) in images {
        add(
          try rows.map { row in
            guard row.count == 4 else {
              throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a face has 4 numbers, not \(row.count)")
            }
            return FramingMatch.Placement(eyeLine: row[0], faceShare: row[1], aside: row[2], roll: row[3])
          }, of: SourceID(rawValue: image), in: domain)
      }
    }
  }
}
