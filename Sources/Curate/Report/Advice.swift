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
    for domain in Domain.allCases where summary.settings.background != "\(Background.keep)" {
      let own = kept.filter { $0.domain == domain }
      let full = own.count { ($0.mask?.coverage ?? 0) > 0.98 && $0.mask?.method != "none" }
      if full * 20 > own.count {
        sentences.append(
          "Of \(domain.rawValue) \(full) of \(own.count) are figure all over: tight crops, or masks that kept the background. "
            + "Look at them in the review, or leave them out with keep-if: { coverage: [0.15, 0.98] }.")
      }
    }
    let (a, b) = (Framing(kept.filter { $0.domain == .a }), Framing(kept.filter { $0.domain == .b }))
    if let left = a.eyeLine, let right = b.eyeLine, abs(left - right) > 0.05 {
      sentences.append(
        "The eyes sit at \(Self.percent(left)) of the height in A and at \(Self.percent(right)) in B: "
          + "framing: matched makes them agree; else the model learns to move faces.")
    }
    // Two detectors draw boxes of two sizes around one face; where framings were matched, they were by brows and chin.
    if summary.framing == nil, let left = a.faceShare, let right = b.faceShare,
      max(left, right) > 1.2 * min(left, right)
    {
      sentences.append(
        "Face boxes fill \(Self.percent(left)) of the height in A and \(Self.percent(right)) in B: "
          + "framing: matched makes faces agree from brows to chin; else the model learns to zoom.")
    }
    sentences += Self.differences(summary.balance)
    for (domain, scenes) in (summary.balance?.scenes ?? [:]).sorted(by: { $0.key < $1.key })
    where scenes.groups > 1 && scenes.largest > 0.3 {
      sentences.append(
        "\(Self.percent(scenes.largest)) of \(domain) are one scene or person: add others, or thin these "
          + "(every:, duplicates: thin), or the model learns them by heart.")
    }
    let grey = kept.filter { ($0.quality?["grey"] ?? 0) >= 0.98 }
    for domain in Domain.allCases {
      let (own, others) = (
        grey.count { $0.domain == domain }, grey.count { $0.domain != domain }
      )
      let all = kept.count { $0.domain == domain }
      if own * 50 > all, others == 0, summary.counts.count == 2 {
        sentences.append(
          "\(own) of \(domain.rawValue) are black and white and none of the other domain: "
            + "keep-if: { grey: [0, 0.95] } leaves them out.")
      }
    }
  }

  /// What to add or thin where A and B differ plainly, the greatest difference first.
  private static func differences(_ balance: Balance?) -> [String] {
    let words: [String: (more: String, less: String, learns: String)] = [
      "brightness": ("bright", "dark", "will change the light too"),
      "colorfulness": ("colourful", "pale", "will change the colours too"),
      "contrast": ("contrasty", "flat", "will change the contrast too"),
      "yaw": ("turned to the right", "turned to the left", "turns heads"),
      "roll": ("tilted clockwise", "tilted anticlockwise", "tilts heads"),
    ]
    // Where the means agree one side is merely the more varied, of which no sentence is true.
    let plain = (balance?.measures ?? [:]).filter {
      words[$0.key] != nil && $0.value.shift > 0.5 && abs($0.value.a - $0.value.b) > 0.7 * $0.value.distance
    }
    .sorted { ($1.value.shift, $0.key) < ($0.value.shift, $1.key) }
    return plain.prefix(3).compactMap { measure, entry in
      guard let word = words[measure] else { return nil }
      let (rich, poor) = entry.a > entry.b ? ("A", "B") : ("B", "A")
      return
        "\(measure.prefix(1).uppercased() + measure.dropFirst()) differs: "
        + "\(Rules.brief(entry.a, of: measure)) in A, \(Rules.brief(entry.b, of: measure)) in B on average. Add \(word.more) images to \(poor) or thin "
        + "the \(word.less) ones there (or the \(word.more) ones of \(rich)), or the model \(word.learns); "
        + "curate: balance: { weights: true } draws accordingly."
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
    case let name where name.hasPrefix("mask-"):
      "try another mask method, correct masks in the review, or loosen the rule."
    case "not-masked": "run easel mask."
    case "rejected-by-person": "these were your own decisions."
    default: "loosen the rule, or bring single images back in the review."
    }
  }

  private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}

/// Where faces sit in their crops, on average.
struct Framing {
  /// How far down the eyes are, as a share of the crop's height; nil where no eyes are known.
  let eyeLine: Double?
  /// The face box's height as a share of the crop's; nil where whole images count as faces.
  let faceShare: Double?
  /// The mean face box in parts of the crop's side; nil where whole images count as faces.
  let box: Box?

  init(_ samples: [Sample]) {
    func mean(_ values: [Double]) -> Double? {
      values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
    eyeLine = mean(samples.compactMap(Self.eyeLine))
    faceShare = mean(samples.compactMap(Self.faceShare))
    let boxes = samples.compactMap(Self.box)
    box = mean(boxes.map(\.x)).flatMap { x in
      mean(boxes.map(\.y)).flatMap { y in
        mean(boxes.map(\.width)).flatMap { width in
          mean(boxes.map(\.height)).map { Box(x: x, y: y, width: width, height: $0) }
        }
      }
    }
  }

  /// How far down one sample's eyes are; nil where none are known.
  static func eyeLine(of sample: Sample) -> Double? {
    guard let eyes = sample.face?.landmarks.eyes, let crop = sample.crop, let height = sample.height,
      height > 0
    else { return nil }
    return (crop.matrix(eyes.left).y + crop.matrix(eyes.right).y) / 2 / Double(height)
  }

  /// The height of one sample's face box; nil where the whole image counts as one.
  static func faceShare(of sample: Sample) -> Double? { box(of: sample)?.height }

  /// The face's box where it lies in the crop, in parts of the crop's side, turned with the crop about its centre.
  static func box(of sample: Sample) -> Box? {
    guard let face = sample.face, face.detector != "given", let crop = sample.crop,
      let height = sample.height, height > 0
    else { return nil }
    let (centre, side) = (crop.matrix(face.box.center), Double(height))
    let (width, length) = (face.box.width * crop.scale / side, face.box.height * crop.scale / side)
    return Box(
      x: centre.x / side - width / 2, y: centre.y / side - length / 2, width: width, height: length)
  }
}
