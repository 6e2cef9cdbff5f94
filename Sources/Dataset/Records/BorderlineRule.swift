/// Which samples a rule only just keeps.
///
/// A value is borderline if it is inside the rule's limits and its distance to a limit is less than a tenth of the distance
/// between that limit and the domain's median. A measure whose usual value is the limit itself, such as the 0 of a share
/// that must be at most 0.1, is therefore never borderline at that limit.
public struct BorderlineRule: Sendable {
  /// The part of the way from a limit to the median that counts as near.
  public static let share = 0.1

  private let least: Double
  private let greatest: Double?
  private let median: Double?

  /// The rule that keeps `least` to `greatest`, for a domain whose samples have these values.
  public init(least: Double, greatest: Double?, values: [Double]) {
    (self.least, self.greatest) = (least, greatest)
    median = values.isEmpty ? nil : values.sorted()[values.count / 2]
  }

  /// How far `value` is from its nearest limit, as a part of the way to the median: 0 at the limit, below `share` for a
  /// borderline value; nil if the value is not borderline.
  public func distance(of value: Double) -> Double? {
    guard let median else { return nil }
    var nearest: Double?
    for (bound, distance) in [(least, value - least), (greatest, (greatest ?? value) - value)] {
      guard let bound, case let way = abs(median - bound), way > 0, distance >= 0 else { continue }
      let part = distance / way
      if part < Self.share { nearest = min(nearest ?? part, part) }
    }
    return nearest
  }
}
