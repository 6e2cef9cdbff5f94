/// How samples are selected.
public struct CurateSettings: Sendable, Hashable {
  /// A transformation of an image whose result still counts as a duplicate.
  public enum Invariance: String, Sendable, Hashable, CaseIterable {
    /// Rotation by any angle. For angles that are no multiples of 90 degrees, the central disc is compared.
    case rotation
    /// Mirroring at a vertical or horizontal line; with `rotation`, also at the diagonals.
    case flip
  }

  /// The range of a measure in which samples are kept.
  public struct Rule: Sendable, Hashable {
    /// The measure.
    public var measure: MeasureName
    /// The smallest value that is kept; minus infinity for no lower limit.
    public var minimum: Double
    /// The largest value that is kept; nil for no upper limit.
    public var maximum: Double?

    /// A rule that keeps values from `minimum` to `maximum`.
    public init(measure: MeasureName, minimum: Double, maximum: Double? = nil) {
      (self.measure, self.minimum, self.maximum) = (measure, minimum, maximum)
    }

    /// Whether a value meets the rule; NaN does not.
    public func keeps(_ value: Double) -> Bool { value >= minimum && value <= maximum ?? .infinity }

    /// A value is borderline if its distance from a limit is at most this share of the rule's range.
    public static let borderline = 0.1

    /// The distance of a value from the nearest limit, as a share of the rule's range; negative outside the
    /// rule.
    ///
    /// The range is the difference of both limits. For a rule with only one limit it is the limit's absolute
    /// value, but at most what the measure's own range leaves to keep. A limit at the end of that range does not
    /// count as a limit.
    public func margin(_ value: Double) -> Double {
      let low = minimum.isFinite && minimum > measure.range.lowerBound ? value - minimum : nil
      let high = maximum.flatMap { $0 < measure.range.upperBound ? $0 - value : nil }
      let range =
        if low != nil, high != nil {
          (maximum ?? minimum) - minimum
        } else if low != nil {
          min(abs(minimum), measure.range.upperBound - minimum)
        } else {
          min(abs(maximum ?? 1), (maximum ?? 1) - measure.range.lowerBound)
        }
      let nearest = min(low ?? .infinity, high ?? .infinity)
      return nearest / max(range, .leastNonzeroMagnitude)
    }
  }

  /// The rules, sorted by measure.
  ///
  /// A sample must meet all of them.
  ///
  /// The default is the preset `normal`.
  public var keepIf: [Rule] = Preset.normal.rules
  /// The preset on which the rules are based; the default is `normal`.
  ///
  /// Setting another preset replaces all rules.
  public var preset = Preset.normal {
    didSet { if preset != oldValue { keepIf = preset.rules } }
  }
  /// The number of samples that are kept in a domain, the most varied ones; a domain without an entry keeps
  /// all.
  public var choose: [Domain: Int] = [:]
  /// The maximum number of different bits in the hashes of candidates for duplicates, 0 to 16; the default is
  /// 6.
  ///
  /// With a higher number, more pairs are compared.
  public var duplicateDistance = 6
  /// The minimum similarity of the inner faces of duplicates, 0 to 1; the default is 0.95, and 1 means equal pictures.
  ///
  /// It combines the correlation of the whole, that of the worst block, that of the brightness, and the greatest difference of
  /// a feature, after alignment.
  public var duplicateConfirm = 0.95
  /// Transformations whose results still count as duplicates; the default is none.
  public var duplicateInvariant: [Invariance] = []
  /// The minimum time in seconds between similar frames of one video that are kept; the default is 0, which
  /// keeps all.
  public var thin = 0.0
  /// A longer gap in seconds between two frames with faces ends a scene of a video; the default is 10.
  ///
  /// All frames of a scene are on the same side of the split.
  public var scene = 10.0
  /// The similarity from which photographed faces count as the same person.
  ///
  /// All samples of a person are on the same side of the split.
  ///
  /// It is the minimum mean cosine similarity of the embeddings, -1 to 1; nil turns the test off. The default
  /// is 0.37, which separates the pairs of LFW best.
  public var identity: Double? = 0.37
  /// The similarity from which anime faces count as the same character; nil turns the grouping off.
  ///
  /// It is the minimum mean cosine similarity of the features, 0 to 1. The default is 0.985.
  public var characterLikeness: Double? = 0.985
  /// The users' names for persons and characters, by a cluster's name or the ID of one of its samples.
  public var characterNames: [String: String] = [:]
  /// The persons and characters that are rejected: names, names of clusters, or sample IDs.
  public var rejectedCharacters: [String] = []
  /// The number of test samples in each domain; the default is 100.
  public var test = 100
  /// Whether the manifest has sampling weights for training samples, which make brightness and pose of both
  /// domains more similar; the default is false.
  public var balanceWeights = false
  /// A dataset with more samples is published as tar archives of 10,000 samples; the default is 1,000,000.
  public var archivesAbove = 1_000_000
  /// The seed of the split; the default is 0.
  public var seed = 0

  /// The defaults.
  public init() {}
}
