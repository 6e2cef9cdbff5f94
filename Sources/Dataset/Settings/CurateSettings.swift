/// How the samples are chosen.
public struct CurateSettings: Sendable, Hashable {
  /// A measure of a sample that a rule can be about.
  public struct Measure: Sendable, Hashable {
    /// Its name in the settings and the manifest.
    public let name: String
    /// What it measures, with its unit or range.
    public let meaning: String
  }

  /// A way in which a copy may differ from its original.
  public enum Invariance: String, Sendable, Hashable, CaseIterable {
    /// Turned by any angle; where that is no quarter, what lies in the disc around the middle tells.
    case rotation
    /// Mirrored at a vertical or horizontal line; with `rotation`, at the diagonals too.
    case flip
  }

  /// What a measure must be for a sample to be kept.
  public struct Rule: Sendable, Hashable {
    /// The measure's name, as in the manifest's `quality`, or `coverage` or `roll`.
    public var measure: String
    /// The least value that is kept.
    public var least: Double
    /// The greatest value that is kept; nil for no limit.
    public var greatest: Double?

    /// Keeps what is at least `least` and at most `greatest`.
    public init(measure: String, least: Double, greatest: Double? = nil) {
      (self.measure, self.least, self.greatest) = (measure, least, greatest)
    }
  }

  /// The measures that rules can be about.
  public static let measures: [Measure] = [
    Measure(name: "bars", meaning: "share of the crop that would show a screenshot's black bars, 0 to 1"),
    Measure(name: "black-point", meaning: "how light the darkest twentieth of the figure is, 0 to 1"),
    Measure(
      name: "blocking", meaning: "traces of JPEG blocks: 0.05 as photographed, 0.3 at quality 50, 0.5 at 10"),
    Measure(name: "brightness", meaning: "mean lightness of the figure, 0 to 1"),
    Measure(name: "brisque", meaning: "how disturbed a photo looks, 0 to 100; photos alone"),
    Measure(name: "clipped", meaning: "share of the pixels that ran into black or white, 0 to 1"),
    Measure(name: "colorfulness", meaning: "0 for grey, 0.4 for quite, 0.7 for extremely colourful"),
    Measure(name: "combing", meaning: "share of pixels torn by interlacing, 0 to 1"),
    Measure(name: "contrast", meaning: "spread of the lightness, 0 to 1"),
    Measure(name: "coverage", meaning: "share of the crop that is figure, 0 to 1"),
    Measure(name: "grey", meaning: "share of the pixels without colour; 1 for a black and white picture"),
    Measure(
      name: "mask-disagreement", meaning: "share of the crop about which two mask methods differ, 0 to 1"),
    Measure(name: "mask-face-outside", meaning: "share of the inner face that the mask leaves out, 0 to 1"),
    Measure(
      name: "mask-hair-eaten", meaning: "share of the forehead and hair that the mask leaves out, 0 to 1"),
    Measure(name: "mask-holes", meaning: "share of the crop that is hole in the figure, 0 to 1"),
    Measure(
      name: "mask-islands", meaning: "share of the crop that is figure apart from the largest piece, 0 to 1"),
    Measure(name: "mask-touches-bottom", meaning: "share of the bottom edge that is figure, 0 to 1"),
    Measure(name: "mask-touches-left", meaning: "share of the left edge that is figure, 0 to 1"),
    Measure(name: "mask-touches-right", meaning: "share of the right edge that is figure, 0 to 1"),
    Measure(name: "mask-touches-top", meaning: "share of the top edge that is figure, 0 to 1"),
    Measure(name: "motion", meaning: "smeared in one direction: 0.2 as photographed, 0.5 where it moved"),
    Measure(name: "native-face", meaning: "shorter side of the face in pixels of the source"),
    Measure(name: "occlusion", meaning: "share of the face that is not its skin's colour, 0 to 1"),
    Measure(name: "outside", meaning: "share of the crop that lies beyond the image's edge, 0 to 1"),
    Measure(name: "real-face", meaning: "native-face less what enlarging added, in pixels"),
    Measure(
      name: "resolution", meaning: "how much detail the source's pixels hold, 0 to 1; 1/k if enlarged by k"),
    Measure(name: "roll", meaning: "how far the face is turned, in degrees, clockwise positive"),
    Measure(name: "saturation", meaning: "mean saturation, 0 to 1"),
    Measure(name: "score", meaning: "how sure the face detector is, 0 to 1"),
    Measure(name: "sharpness", meaning: "0 for blurred or smeared to 1 for sharp"),
    Measure(name: "subtitle", meaning: "share of the crop that lies under a screenshot's text, 0 to 1"),
    Measure(name: "white-point", meaning: "how light the lightest hundredth of the figure is, 0 to 1"),
    Measure(name: "yaw", meaning: "how far the head looks aside, in degrees, to the right positive"),
  ]

  /// The rules, in the order of their measures' names; a sample must meet them all.
  public var keepIf: [Rule] = [
    Rule(measure: "brightness", least: 0.1, greatest: 0.97),
    Rule(measure: "coverage", least: 0.15),
    Rule(measure: "roll", least: -45, greatest: 45),
    Rule(measure: "sharpness", least: 0.1),
  ]
  /// Candidates for near-duplicates differ in at most so many of the 64 bits of their hashes, 0 to 16; the default is 6.
  public var duplicateDistance = 6
  /// Candidates are duplicates when the correlation of their pixels is at least this, 0 to 1; the default is 0.95.
  public var duplicateConfirm = 0.95
  /// How else than upright and unmirrored a copy may lie to count as a duplicate; the default is in no other way.
  public var duplicateInvariant: [Invariance] = []
  /// Of the frames of one video that look alike, those nearer than this to a kept one are left out; in seconds, the
  /// default is 0, which leaves out none.
  public var thin = 0.0
  /// Frames of one video belong to one scene, which stays on one side of the split, as long as no longer time than this
  /// passes between one with a face and the next; in seconds, the default is 10.
  public var scene = 10.0
  /// How alike photographed faces are that are taken for one person's, who stays on one side of the split.
  ///
  /// The least mean cosine between their embeddings, -1 to 1; nil for no such test. The default is 0.37, the threshold
  /// that tells LFW's pairs apart best.
  public var identity: Double? = 0.37
  /// How many samples of each domain are kept aside for testing; the default is 100.
  public var test = 100
  /// Whether the manifest gives training samples weights by which a trainer draws them, so that brightness and pose of both
  /// domains come nearer; the default is false.
  public var balanceWeights = false
  /// The seed of the split; the default is 0.
  public var seed = 0

  /// The defaults.
  public init() {}
}
