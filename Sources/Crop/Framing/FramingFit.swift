import Dataset
import Imaging

/// What the framing of a whole dataset needs to know about one face.
struct SurveyedFace: Sendable {
  /// The face in source pixels.
  let extent: FaceExtent
  /// The rotation of its eye line in the source, in degrees.
  let roll: Double
  /// The picture without black bars, in source pixels.
  let region: Box

  /// The share of the crop of `rule` that is outside the picture, 0 to 1.
  func outside(_ rule: FramingRule) -> Double {
    CropSquare(rule, around: extent).map(toSide: 32).share(ofSide: 32) { !region.contains($0) }
  }
}

/// Finds the widest framing for both domains whose crops nearly all fit into their pictures.
///
/// The framings from photo2cartoon's down to brows-to-chin are nested squares around a face, so each face has
/// a widest one that fits. In each domain, at most the share `limit` of the faces may need a narrower framing
/// than the result. The result is a multiple of 0.01 and does not depend on the order of the faces.
enum FramingFit {
  /// Finds the framing for the faces of the domains.
  ///
  /// - Returns: The solution; nil if there are no faces.
  static func solve(_ faces: [Domain: [SurveyedFace]], limit: Double) -> FittedFraming? {
    let domains = Domain.allCases.filter { !(faces[$0] ?? []).isEmpty }
    guard !domains.isEmpty else { return nil }
    let margins = domains.map { domain -> Double in
      let widest = (faces[domain] ?? []).map(widestMargins).sorted()
      let allowed = min(Int(limit * Double(widest.count)), widest.count - 1)
      return max(0, widest[allowed])
    }.min()
    guard let margins else { return nil }
    var rules = CropSettings.Framing.compared.map { ("\($0)", FramingRule($0)) }
    rules.append(("fit", FramingRule(.photo2cartoon).with(margins: margins)))
    let costs = rules.flatMap { name, rule in
      domains.map { cost(of: name, rule, $0, faces[$0] ?? []) }
    }
    return FittedFraming(limit: limit, margins: margins, costs: costs)
  }

  /// The largest factor for photo2cartoon's margins, a multiple of 0.01, with which the crop fits; -1 if not
  /// even the crop from brows to chin fits.
  private static func widestMargins(_ face: SurveyedFace) -> Double {
    func fits(_ hundredths: Int) -> Bool {
      face.outside(FramingRule(.photo2cartoon).with(margins: Double(hundredths) / 100))
        <= FittedFraming.maxOutside
    }
    guard fits(0) else { return -1 }
    var (low, high) = (0, 101)
    while high - low > 1 {
      let middle = (low + high) / 2
      if fits(middle) { low = middle } else { high = middle }
    }
    return Double(low) / 100
  }

  private static func cost(
    of framing: String, _ rule: FramingRule, _ domain: Domain, _ faces: [SurveyedFace]
  ) -> FittedFraming.Cost {
    let outside = faces.map { $0.outside(rule) }.sorted()
    let beyond = outside.count { $0 > FittedFraming.maxOutside }
    func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
    return FittedFraming.Cost(
      framing: framing, domain: domain, faces: outside.count,
      beyond: rounded(Double(beyond) / Double(outside.count)),
      medianOutside: rounded(outside[outside.count / 2]))
  }
}

extension CropSettings.Framing {
  /// The framings that are compared with `fit`.
  static let compared: [Self] = [.photo2cartoon, .danbooru, .ffhq, .arcface]
}
