/// The solution of `framing: fit`: the widest framing that keeps nearly all crops inside their pictures.
public struct FittedFraming: Sendable, Hashable, Codable {
  /// A crop fits if at most this share of it is outside the picture.
  public static let maxOutside = 0.05

  /// How well one framing fits the faces of one domain.
  public struct Cost: Sendable, Hashable, Codable {
    /// The framing, as the settings write it.
    public var framing: String
    /// The domain.
    public var domain: Domain
    /// The number of faces.
    public var faces: Int
    /// The share of the faces whose crops do not fit, 0 to 1.
    public var beyond: Double
    /// The median of the share of a crop that is outside the picture, 0 to 1.
    public var medianOutside: Double

    /// A cost from all its fields.
    public init(framing: String, domain: Domain, faces: Int, beyond: Double, medianOutside: Double) {
      (self.framing, self.domain, self.faces) = (framing, domain, faces)
      (self.beyond, self.medianOutside) = (beyond, medianOutside)
    }
  }

  /// The largest share of a domain's faces whose crops may not fit, 0 to 1.
  public var limit: Double
  /// The margins around the face, as a multiple of those of photo2cartoon: 1 for the same, 0 for brows to chin.
  public var margins: Double
  /// The costs of this and of the named framings in each domain.
  public var costs: [Cost]

  /// A solution from all its fields.
  public init(limit: Double, margins: Double, costs: [Cost]) {
    (self.limit, self.margins, self.costs) = (limit, margins, costs)
  }

  /// The fitted framing as margins that can be written in the settings.
  public var framing: CropSettings.Framing {
    func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
    return .margins(up: rounded(0.8 * margins), down: rounded(0.3 * margins), sides: rounded(0.3 * margins))
  }

  /// One sentence that compares the framing with photo2cartoon's.
  public var sentence: String {
    func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
    let parts = Domain.allCases.compactMap { domain -> String? in
      guard let now = costs.first(where: { $0.framing == "fit" && $0.domain == domain }),
        let before = costs.first(where: { $0.framing == "photo2cartoon" && $0.domain == domain })
      else { return nil }
      return
        "\(percent(now.beyond)) of \(now.faces) crops of \(domain.rawValue) (\(percent(before.beyond)) with photo2cartoon)"
    }
    return
      "framing: fit chose \(percent(margins)) of photo2cartoon's margins, which is \(framing); more than "
      + "\(percent(Self.maxOutside)) of the crop is outside the picture in "
      + parts.joined(separator: " and ")
  }
}
