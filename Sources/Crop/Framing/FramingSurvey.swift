public import Dataset
import Imaging

/// What the framing of a whole dataset needs to know about the faces of some images.
///
/// Several machines can survey different images before one framing is computed for all.
public struct FramingSurvey: Sendable, Codable {
  /// The faces of each image.
  private var images: [Domain: [SourceID: [SurveyedFace]]] = [:]

  /// An empty survey.
  public init() {}

  /// The faces of each domain, sorted by the images' identities.
  var faces: [Domain: [SurveyedFace]] {
    images.mapValues { $0.sorted { $0.key < $1.key }.flatMap(\.value) }
  }

  /// Adds the faces of an image.
  ///
  /// If the image is already in the survey, nothing changes: equal bytes have equal faces.
  mutating func add(_ faces: [SurveyedFace], of image: SourceID, in domain: Domain) {
    if images[domain]?[image] == nil { images[domain, default: [:]][image] = faces }
  }

  /// Adds the images of another survey.
  public mutating func merge(_ other: FramingSurvey) {
    for (domain, images) in other.images {
      for (image, faces) in images { add(faces, of: image, in: domain) }
    }
  }

  /// Whether a framing of `settings` depends on the faces of all images.
  public static func isNeeded(_ settings: Settings) -> Bool {
    Domain.allCases.contains { domain in
      switch settings.domains[domain]?.crop.framing {
      case .fit, .matched: true
      default: false
      }
    }
  }

  /// Writes `{"A": {"<image>": [[13 numbers of a face], ...]}}`.
  public func encode(to encoder: any Encoder) throws {
    let text = images.map { domain, images in
      (
        domain.rawValue,
        Dictionary(uniqueKeysWithValues: images.map { ($0.key.rawValue, $0.value.map(\.numbers)) })
      )
    }
    var container = encoder.singleValueContainer()
    try container.encode(Dictionary(uniqueKeysWithValues: text))
  }

  /// Reads a survey that `encode` wrote.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    for (name, images) in try container.decode([String: [String: [[Double]]]].self) {
      guard let domain = Domain(rawValue: name) else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "no domain is called \(name)")
      }
      for (image, rows) in images {
        let faces = try rows.map { row in
          guard let face = SurveyedFace(numbers: row) else {
            throw DecodingError.dataCorruptedError(
              in: container, debugDescription: "a face has 13 finite numbers, not \(row.count)")
          }
          return face
        }
        add(faces, of: SourceID(rawValue: image), in: domain)
      }
    }
  }
}

extension SurveyedFace {
  /// The face as 13 numbers: extent (center, height, width, tilt, roll, eyes), roll of the eye line, region.
  fileprivate var numbers: [Double] {
    [
      extent.center.x, extent.center.y, extent.height, extent.width, extent.tilt, extent.roll, extent.eyes.x,
      extent.eyes.y, roll, region.x, region.y, region.width, region.height,
    ]
  }

  /// The face from its 13 numbers; nil if there are not 13 or one is not finite.
  fileprivate init?(numbers: [Double]) {
    guard numbers.count == 13, numbers.allSatisfy(\.isFinite) else { return nil }
    let extent = FaceExtent(
      center: Point(x: numbers[0], y: numbers[1]), height: numbers[2], width: numbers[3], tilt: numbers[4],
      roll: numbers[5], eyes: Point(x: numbers[6], y: numbers[7]))
    self.init(
      extent: extent, roll: numbers[8],
      region: Box(x: numbers[9], y: numbers[10], width: numbers[11], height: numbers[12]))
  }
}
