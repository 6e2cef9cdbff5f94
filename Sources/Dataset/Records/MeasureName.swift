import Imaging

/// The measures of a sample.
///
/// Rules, report, review, balance and ledger use the same names.
///
/// The raw value is the word in the settings (`keep-if`) and the key in the manifest's `quality`.
public enum MeasureName: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
  case bars, black
  case blackPoint = "black-point"
  case blocking, brightness, brisque, clipped, colorfulness, combing, contrast, coverage
  case eyeLine = "eye-line"
  case faceShare = "face-share"
  case grey
  case hairColorfulness = "hair-colorfulness"
  case hairHue = "hair-hue"
  case hairLightness = "hair-lightness"
  case maskDisagreement = "mask-disagreement"
  case maskFaceOutside = "mask-face-outside"
  case maskHairEaten = "mask-hair-eaten"
  case maskHoles = "mask-holes"
  case maskIslands = "mask-islands"
  case maskTouchesBottom = "mask-touches-bottom"
  case maskTouchesLeft = "mask-touches-left"
  case maskTouchesRight = "mask-touches-right"
  case maskTouchesTop = "mask-touches-top"
  case motion
  case nativeFace = "native-face"
  case noise, occlusion, outside
  case realFace = "real-face"
  case resolution, roll, saturation, score, sharpness, subtitle, text
  case whitePoint = "white-point"
  case yaw

  /// The unit of a measure.
  public enum Unit: Sendable, Hashable {
    /// A share or an index from 0 to 1.
    case share
    /// BRISQUE's scale, 0 to 100.
    case hundred
    /// Levels of 8-bit luma, 0 to 255.
    case levels
    /// A number of things.
    case count
    /// Degrees.
    case degrees
    /// Pixels of the source image.
    case pixels
  }

  /// The unit of its values.
  public var unit: Unit {
    switch self {
    case .hairHue, .roll, .yaw: .degrees
    case .nativeFace, .realFace: .pixels
    case .brisque: .hundred
    case .noise: .levels
    case .text: .count
    default: .share
    }
  }

  /// The possible values.
  public var range: ClosedRange<Double> {
    switch unit {
    case .share: 0...1
    case .hundred: 0...100
    case .levels: 0...255
    case .count: 0...10_000
    case .degrees: -180...180
    case .pixels: 0...100_000
    }
  }

  /// What it measures, with its unit or range, for help texts.
  public var meaning: String {
    switch self {
    case .bars: "share of the crop that would show black bars of a screenshot, 0 to 1"
    case .black: "share of pure black in the blacker half of the face, 0 to 1; photos only"
    case .blackPoint: "lightness of the darkest twentieth of the foreground, 0 to 1"
    case .blocking: "traces of JPEG blocks: 0.1 in a photo, 0.3 at quality 50, 0.5 at quality 10"
    case .brightness: "mean lightness of the foreground, 0 to 1"
    case .brisque: "how distorted a photo looks, 0 to 100; photos only"
    case .clipped: "share of the pixels that are pure black or white, 0 to 1"
    case .colorfulness: "0 for gray, 0.4 for colorful, 0.7 for extremely colorful"
    case .combing: "share of pixels torn by interlacing, 0 to 1"
    case .contrast: "spread of the lightness, 0 to 1"
    case .coverage: "share of the crop that is foreground, 0 to 1"
    case .eyeLine: "height of the eyes, as a share of the crop from its top"
    case .faceShare: "height of the face box, as a share of the crop"
    case .grey: "share of the pixels without color; 1 for a black-and-white picture"
    case .hairColorfulness: "0 for gray hair, 0.3 for colorful hair"
    case .hairHue: "hue of the hair in degrees: 0 pink, 60 brown, 90 yellow, 180 green, -80 blue"
    case .hairLightness: "lightness of the hair, 0 to 1"
    case .maskDisagreement: "share of the crop on which two mask methods differ, 0 to 1"
    case .maskFaceOutside: "share of the inner face that is outside the mask, 0 to 1"
    case .maskHairEaten: "share of the forehead and hair that is outside the mask, 0 to 1"
    case .maskHoles: "share of the crop that is a hole in the foreground, 0 to 1"
    case .maskIslands: "share of the crop in smaller, separate foreground pieces, 0 to 1"
    case .maskTouchesBottom: "share of the bottom edge that is foreground, 0 to 1"
    case .maskTouchesLeft: "share of the left edge that is foreground, 0 to 1"
    case .maskTouchesRight: "share of the right edge that is foreground, 0 to 1"
    case .maskTouchesTop: "share of the top edge that is foreground, 0 to 1"
    case .motion: "motion blur in one direction: 0.2 in a sharp photo, 0.5 with visible motion"
    case .nativeFace: "shorter side of the face box in source pixels"
    case .noise: "grain in flat areas, as its standard deviation in levels of 255"
    case .occlusion: "share of the face that does not have the color of its skin, 0 to 1"
    case .outside: "share of the crop beyond the image's edge, 0 to 1"
    case .realFace: "face size in source pixels, less what enlarging added"
    case .resolution: "detail of the source relative to its pixels, 0 to 1; 1/k after enlarging by k"
    case .roll: "tilt of the face in degrees, clockwise positive"
    case .saturation: "mean saturation, 0 to 1"
    case .score: "confidence of the face detector, 0 to 1"
    case .sharpness: "0 for blurred to 1 for sharp"
    case .subtitle: "share of the crop under a screenshot's text, 0 to 1"
    case .text: "changes from black to white in a row of the lower face; 8 or more under a caption"
    case .whitePoint: "lightness of the lightest hundredth of the foreground, 0 to 1"
    case .yaw: "turn of the head in degrees, positive to the right of the picture"
    }
  }

  /// Its value for a sample, from the sample's records; nil if the sample has none.
  ///
  /// The numbers of the mask are in its summary, and the roll is in the face. The detector's score, the
  /// face's size and the share outside the image are known before the sample is measured.
  public func value(
    quality: MeasureValues?, face: Sample.Face?, cut: Sample.Cut?, mask: Sample.MaskSummary?
  ) -> Double? {
    switch self {
    case .roll: face?.roll
    case .coverage: mask.flatMap { $0.method == "none" ? nil : $0.coverage }
    case _ where maskFlag != nil: maskFlag.flatMap { mask?.lint?[$0] }
    case .score: quality?[self] ?? face?.score
    case .outside: quality?[self] ?? cut?.outside
    case .nativeFace: quality?[self] ?? face.map { min($0.box.width, $0.box.height) }
    default: quality?[self]
    }
  }

  /// The mask flag that it quantifies, such as `holes` for `mask-holes`; nil for other measures.
  public var maskFlag: String? { rawValue.hasPrefix("mask-") ? String(rawValue.dropFirst(5)) : nil }

  /// Orders by name.
  public static func < (left: MeasureName, right: MeasureName) -> Bool { left.rawValue < right.rawValue }

  /// A value with up to three decimals, and its unit.
  public func text(_ value: Double) -> String { NumberText.plain(value) + suffix }

  /// A short value with its unit: two significant digits, or all before the point; angles in tenths of
  /// degrees.
  public func brief(_ value: Double) -> String {
    unit == .degrees
      ? NumberText.plain((value * 10).rounded() / 10) + suffix : NumberText.brief(value) + suffix
  }

  private var suffix: String {
    switch unit {
    case .degrees: "°"
    case .pixels: " px"
    default: ""
    }
  }
}

extension Sample {
  /// The value of a measure; nil if the sample has none.
  public func value(of measure: MeasureName) -> Double? {
    measure.value(quality: quality, face: face, cut: crop, mask: mask)
  }
}

/// Formats numbers for people.
public enum NumberText {
  /// At most three decimals; whole numbers without a point.
  public static func plain(_ value: Double) -> String {
    let rounded = (value * 1000).rounded() / 1000
    guard rounded.isFinite else { return "\(value)" }
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : String(rounded)
  }

  /// Two significant digits, or all before the point.
  public static func brief(_ value: Double) -> String {
    let scale: Double = abs(value) < 0.995 ? 100 : abs(value) < 9.95 ? 10 : 1
    return plain((value * scale).rounded() / scale)
  }

  /// A share as a whole percentage, such as `41 %`.
  public static func percent(_ share: Double) -> String { "\(plain((share * 100).rounded())) %" }

  /// Minutes, seconds and tenths, such as `1:02.5`.
  public static func time(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e12 else { return "\(seconds) s" }
    let tenths = Int((seconds * 10).rounded())
    let (minutes, rest) = tenths.quotientAndRemainder(dividingBy: 600)
    return "\(minutes):\(rest < 100 ? "0" : "")\(rest / 10).\(rest % 10)"
  }
}
