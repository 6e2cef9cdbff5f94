import Dataset
import Imaging

/// A detected face, as far as the framing of a whole dataset depends on it.
struct SurveyedFace: Sendable {
  /// The face in source pixels.
  let extent: FaceExtent
  /// How far its eye line is rotated in the source, in degrees.
  let roll: Double
  /// The picture without black bars, in source pixels.
  let region: Box

  /// The share of the crop of `rule` that is outside the picture, 0 to 1.
  func outside(_ rule: FramingRule) -> Double {
    CropSquare(rule, around: extent).map(toSide: 32).share(ofSide: 32) { !region.contains($0) }
  }
}

/// Finds the widest framing, one for both domains, whose crops nearly all fit into their pictures.
///
/// The framings between photo2cartoon's and brows to chin are nested squares around a face, so for each face there is a widest
/// one that fits. Of each domain at most the share `limit` of the faces may have a narrower one. The answer is a multiple of a
/// hundredth and does not depend on the order of the faces.
enum FramingFit {
  /// Solves for the faces of the domains.
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

  /// The largest multiple of photo2cartoon's margins, in hundredths, whose crop fits; -1 if not even brows to chin fit.
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
  /// The framings whose cost is compared with that of `fit`.
  static let compared: [Self] = [.photo2cartoon, .danbooru, .ffhq, .arcface]
}
