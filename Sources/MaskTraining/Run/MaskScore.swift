/// The agreement of masks with the true ones.
public struct MaskScore: Sendable, Equatable, Codable {
  /// The mean of the intersections over unions at alpha 0.5.
  public var meanIoU: Double
  /// The mean of the worst tenth of them.
  public var worstTenth: Double
  /// The mean absolute difference of alpha.
  public var alphaError: Double
  /// The number of compared masks.
  public var count: Int

  /// The score of masks whose overlaps and errors are given.
  init(overlaps: [Double], errors: [Double]) {
    let sorted = overlaps.sorted()
    let worst = sorted.prefix(max(1, sorted.count / 10))
    count = overlaps.count
    meanIoU = overlaps.reduce(0, +) / Double(max(1, count))
    worstTenth = worst.reduce(0, +) / Double(max(1, worst.count))
    alphaError = errors.reduce(0, +) / Double(max(1, count))
  }

  /// Overlap and error of one mask; two empty masks agree.
  static func compare(_ found: ArraySlice<Float>, _ truth: ArraySlice<Float>) -> (
    overlap: Double, error: Double
  ) {
    var (shared, either, error) = (0, 0, 0.0)
    for (a, b) in zip(found, truth) {
      let (x, y) = (a >= 0.5, b >= 0.5)
      if x && y { shared += 1 }
      if x || y { either += 1 }
      error += Double(abs(a - b))
    }
    return (either == 0 ? 1 : Double(shared) / Double(either), error / Double(max(1, found.count)))
  }

  /// The score in one line.
  public var text: String {
    func digits(_ value: Double) -> String { String((value * 10_000).rounded() / 10_000) }
    return
      "mean IoU \(digits(meanIoU)), worst tenth \(digits(worstTenth)), alpha error \(digits(alphaError)) (\(count))"
  }
}
