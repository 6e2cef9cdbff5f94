import Dataset
import Imaging

/// What a person might do next about a dataset, the most useful first.
struct Advice {
  /// One sentence each; empty where nothing stands out.
  private(set) var sentences: [String] = []

  init(_ summary: DatasetSummary, kept: [Sample], rejected: [Sample]) {
    for (domain, count) in summary.counts.sorted(by: { $0.key < $1.key }) {
      let total = count.train + count.test
      if count.train < 200 {
        sentences.append(
          "Add images to \(domain): \(count.train) to train on are few; a few hundred to a few thousand are usual."
        )
      }
      if count.test == 0 {
        sentences.append("\(domain) has no test images: add images, or videos of other scenes.")
      }
      guard let most = count.reasons.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
        most.value * 4 > total + count.rejected, most.value > 10
      else { continue }
      sentences.append(
        "Look at what \(domain) lost as \(most.key) (\(most.value) of \(total + count.rejected)): "
          + Self.remedy(most.key))
    }
    for domain in Domain.allCases where summary.settings.background != "\(Background.keep)" {
      let own = kept.filter { $0.domain == domain }
      let unmasked = own.count { $0.mask?.method == "none" }
      if unmasked * 2 > own.count {
        sentences.append(
          "The backgrounds of \(domain.rawValue) are still there (\(unmasked) of \(own.count)): "
            + "a mask method other than none removes them, and the model need not learn them.")
      }
    }
    let (a, b) = (Framing(kept.filter { $0.domain == .a }), Framing(kept.filter { $0.domain == .b }))
    if let left = a.eyeLine, let right = b.eyeLine, abs(left - right) > 0.05 {
      sentences.append(
        "The eyes sit at \(Self.percent(left)) of the height in A and at \(Self.percent(right)) in B: "
          + "choose framings that agree, or the model learns to move faces.")
    }
    if let left = a.faceShare, let right = b.faceShare, max(left, right) > 1.2 * min(left, right) {
      sentences.append(
        "Faces fill \(Self.percent(left)) of the height in A and \(Self.percent(right)) in B: "
          + "choose framings that agree, or the model learns to zoom.")
    }
    let (lightA, lightB) = (Self.mean("brightness", kept, .a), Self.mean("brightness", kept, .b))
    if let lightA, let lightB, abs(lightA - lightB) > 0.15 {
      sentences.append(
        "A is \(lightA < lightB ? "darker" : "brighter") than B (\(Rules.text(lightA)) against \(Rules.text(lightB)) "
          + "on average): the model will change the light too.")
    }
  }

  private static func remedy(_ reason: String) -> String {
    switch reason {
    case "no-face": "try another detector, or check that the source is the right kind."
    case "face-too-small": "use larger pictures, or lower min-face."
    case "blurred": "use sharper pictures, or lower keep-if: sharpness."
    case "duplicate-of": "take fewer frames of a video (every:), or add other pictures."
    case "mask-empty", "mask-too-small", "mask-too-large":
      "try another mask method, or correct masks in the review."
    case "not-masked": "run easel mask."
    case "rejected-by-person": "these were your own decisions."
    default: "loosen the rule, or bring single images back in the review."
    }
  }

  private static func mean(_ measure: String, _ samples: [Sample], _ domain: Domain) -> Double? {
    let values = samples.filter { $0.domain == domain }.compactMap { $0.quality?[measure] }
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}

/// Where faces sit in their crops, on average.
struct Framing {
  /// How far down the eyes are, as a share of the crop's height; nil where no eyes are known.
  let eyeLine: Double?
  /// The face box's height as a share of the crop's; nil where whole images count as faces.
  let faceShare: Double?

  init(_ samples: [Sample]) {
    let cut = samples.filter { $0.crop != nil && $0.face?.detector != "given" && ($0.height ?? 0) > 0 }
    let eyes = cut.compactMap { sample -> Double? in
      guard let face = sample.face, face.landmarks.count >= 2, let crop = sample.crop else { return nil }
      return (crop.matrix(face.landmarks[0]).y + crop.matrix(face.landmarks[1]).y) / 2
        / Double(sample.height ?? 1)
    }
    let shares = cut.compactMap { sample -> Double? in
      guard let face = sample.face, let crop = sample.crop else { return nil }
      return face.box.height * crop.scale / Double(sample.height ?? 1)
    }
    eyeLine = eyes.isEmpty ? nil : eyes.reduce(0, +) / Double(eyes.count)
    faceShare = shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
  }
}
