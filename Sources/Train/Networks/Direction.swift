/// The two directions of translation.
public enum Direction: String, Sendable, CaseIterable {
  /// From domain A (photos) to domain B (anime).
  case aToB = "AtoB"
  /// From domain B (anime) to domain A (photos).
  case bToA = "BtoA"

  /// The published name of the direction's generator.
  public var network: String { self == .aToB ? "genA2B" : "genB2A" }
}
