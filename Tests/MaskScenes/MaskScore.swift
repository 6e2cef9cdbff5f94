public import Vision

/// The similarity of a mask to the true alpha.
public struct MaskScore: Sendable {
  /// Intersection over union at alpha 0.5.
  public let overlap: Double
  /// The mean absolute difference of alpha.
  public let error: Double

  /// Compares two planes of one size.
  public init(_ alpha: Plane, _ truth: Plane) {
    var (both, either, error) = (0, 0, 0.0)
    for (found, right) in zip(alpha.values, truth.values) {
      if found >= 0.5 && right >= 0.5 { both += 1 }
      if found >= 0.5 || right >= 0.5 { either += 1 }
      error += Double(abs(found - right))
    }
    overlap = Double(both) / Double(max(1, either))
    self.error = error / Double(alpha.values.count)
  }
}

/// The scores of many masks.
public struct MaskScores: Sendable {
  /// The mean intersection over union.
  public let overlap: Double
  /// The mean of the worst tenth.
  public let worstTenth: Double
  /// The mean absolute difference of alpha.
  public let error: Double

  /// Summarises at least one score.
  public init(_ scores: [MaskScore]) {
    let overlaps = scores.map(\.overlap).sorted()
    let tenth = max(1, overlaps.count / 10)
    overlap = overlaps.reduce(0, +) / Double(max(1, overlaps.count))
    worstTenth = overlaps.prefix(tenth).reduce(0, +) / Double(tenth)
    error = scores.map(\.error).reduce(0, +) / Double(max(1, scores.count))
  }
}
