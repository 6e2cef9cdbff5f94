/// The distances of translated test images from the target domain at one checkpoint, with the values that they compare with.
public struct DistanceReport: Sendable, Equatable {
  /// The name of the measure: `KID-lite`, `KID` or `color-edge distance`.
  public var measure: String
  /// The distance of the translations from the target domain's images, by direction; smaller is better.
  public var distance: [Direction: DistanceEstimate]
  /// The distance of A from B without translation: a useful translation is clearly below.
  public var untranslated: DistanceEstimate?
  /// The distance between two halves of one domain's images, by domain: the value of a perfect translation.
  public var noiseFloor: [String: DistanceEstimate]

  /// The distances of both directions added; nil if one is missing.
  public var total: DistanceEstimate? {
    guard let one = distance[.aToB], let other = distance[.bToA] else { return nil }
    return one + other
  }

  /// The distance between the images with an even and those with an odd number in one set of `features`.
  public static func noiseFloor(_ features: [[Float]]) -> DistanceEstimate? {
    let halves = [0, 1].map { rest in
      features.enumerated().filter { $0.offset % 2 == rest }.map(\.element)
    }
    return DistanceEstimate(halves[0], halves[1])
  }

  /// The values by the names that the log and TensorBoard use, in a fixed order.
  var named: [(name: String, estimate: DistanceEstimate)] {
    let directions = distance.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.rawValue, $0.value) }
    let floors = noiseFloor.sorted { $0.key < $1.key }.map { ("noise floor \($0.key)", $0.value) }
    return directions + (untranslated.map { [("untranslated", $0)] } ?? []) + floors
  }

  /// The values and standard errors for TensorBoard.
  var scalars: [(String, Double)] {
    named.flatMap { name, estimate in
      [("\(measure)/\(name)", estimate.value)]
        + (estimate.spread.map { [("\(measure) error/\(name)", $0)] } ?? [])
    }
  }

  /// One line for people.
  public var text: String {
    "\(measure): " + named.map { "\($0.name) \($0.estimate.text)" }.joined(separator: ", ")
  }
}
