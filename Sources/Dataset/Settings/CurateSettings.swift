/// How the samples are chosen.
public struct CurateSettings: Sendable, Hashable {
  /// A way in which a copy may differ from its original.
  public enum Invariance: String, Sendable, Hashable, CaseIterable {
    /// Turned by any angle; where that is no quarter, what lies in the disc around the middle tells.
    case rotation
    /// Mirrored at a vertical or horizontal line; with `rotation`, at the diagonals too.
    case flip
  }

  /// What a measure must be for a sample to be kept.
  public struct Rule: Sendable, Hashable {
    /// The measure.
    public var measure: MeasureName
    /// The smallest value that is kept; minus infinity for no lower limit.
    public var least: Double
    /// The largest value that is kept; nil for no upper limit.
    public var greatest: Double?

    /// Keeps values from `least` to `greatest`.
    public init(measure: MeasureName, least: Double, greatest: Double? = nil) {
      (self.measure, self.least, self.greatest) = (measure, least, greatest)
    }

    /// Whether a value meets the rule; not-a-number does not.
    public func keeps(_ value: Double) -> Bool { value >= least && value <= greatest ?? .infinity }

    /// Values within this part of the rule's range from a limit are borderline.
    public static let borderline = 0.1

    /// How far a value is inside the rule, as a part of the rule's range; negative outside it.
    ///
    /// The range is that between both limits. A rule without an upper limit ranges over the size of its lower one. A limit
    /// that is an end of the measure's own range is no limit.
    public func margin(_ value: Double) -> Double {
      let low = least.isFinite && least > measure.range.lowerBound ? value - least : nil
      let high = greatest.flatMap { $0 < measure.range.upperBound ? $0 - value : nil }
      let range =
        low != nil && high != nil ? (greatest ?? least) - least : abs(low != nil ? least : greatest ?? 1)
      let nearest = min(low ?? .infinity, high ?? .infinity)
      return nearest / max(range, .leastNonzeroMagnitude)
    }
  }

  /// The rules, in the order of their measures' names; a sample must meet them all.
  public var keepIf: [Rule] = [
    Rule(measure: .brightness, least: 0.1, greatest: 0.97),
    Rule(measure: .coverage, least: 0.15),
    Rule(measure: .roll, least: -45, greatest: 45),
    Rule(measure: .sharpness, least: 0.1),
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
