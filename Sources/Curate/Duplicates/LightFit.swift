/// The gain and offset of brightness that bring one thumbnail closest to another, by least squares.
struct LightFit: Sendable {
  private let gain: Float
  private let meanFrom: Float
  private let meanTo: Float

  /// The fit over some pixels; nil if they are fewer than 200 or if brighter pixels of one are not brighter in the other.
  ///
  /// - Parameters:
  ///   - from: The values to change, 0 to 255.
  ///   - to: The values that they are fitted to, 0 to 255.
  ///   - isUsed: Whether a pixel counts.
  init?(from: [Float], to: [Float], where isUsed: (Int) -> Bool) {
    let used = from.indices.filter(isUsed)
    guard used.count >= 200 else { return nil }
    let count = Float(used.count)
    let meanX = used.reduce(0) { $0 + from[$1] } / count
    let meanY = used.reduce(0) { $0 + to[$1] } / count
    let variance = used.reduce(0) { $0 + (from[$1] - meanX) * (from[$1] - meanX) } / count
    let covariance = used.reduce(0) { $0 + (from[$1] - meanX) * (to[$1] - meanY) } / count
    gain = covariance / max(1, variance)
    guard gain > 0.3 else { return nil }
    (meanFrom, meanTo) = (meanX, meanY)
  }

  /// The fit over the pixels that are clipped in neither thumbnail; nil as above.
  init?(unclipped from: [Float], to: [Float], known: [Bool]) {
    self.init(from: from, to: to) {
      known[$0] && (6...245).contains(from[$0]) && (6...245).contains(to[$0])
    }
  }

  /// A value in the light of the other thumbnail, not clipped.
  func callAsFunction(_ value: Float) -> Float { gain * (value - meanFrom) + meanTo }

  /// Values in the light of the other thumbnail, clipped to 0...255.
  func applied(to values: [Float]) -> [Float] { values.map { min(255, max(0, self($0))) } }

  /// The share of known pixels that `other` clips although `values` do not, 0 to 1; 0 if the light cannot be fitted.
  ///
  /// Their brightness in the light of `other` would be beyond 0...255. A copy that was only darkened again, or whose black was
  /// made grey, has no such pixels.
  static func clipped(in other: [Float], though values: [Float], known: [Bool]) -> Double {
    guard let fit = LightFit(unclipped: values, to: other, known: known) else { return 0 }
    // The brightest and the darkest level of a picture may be clipped already, if it was made darker or brighter afterwards; a
    // curve may then move them, but not as far as a copy that is clipped.
    let levels = values.indices.lazy.filter { known[$0] }.map { values[$0] }
    let (darkest, brightest) = (levels.min() ?? 0, levels.max() ?? 255)
    var count = 0
    var (dark, bright) = ([Int](), [Int]())
    for index in values.indices where known[index] {
      count += 1
      let light = fit(values[index])
      let isInner = values[index] > darkest + 3 && values[index] < brightest - 3
      if light > 261, other[index] >= 245, isInner || light > 300 { bright.append(index) }
      if light < -6, other[index] <= 8, isInner || light < -45 { dark.append(index) }
    }
    // After a curve such as a gamma, `other` still follows `values`; clipped pixels do not.
    func follows(_ indices: [Int]) -> Bool {
      let number = Float(max(1, indices.count))
      let (x, y) = (
        indices.reduce(0) { $0 + values[$1] } / number, indices.reduce(0) { $0 + other[$1] } / number
      )
      let variance = indices.reduce(0) { $0 + (values[$1] - x) * (values[$1] - x) }
      let covariance = indices.reduce(0) { $0 + (values[$1] - x) * (other[$1] - y) }
      return variance > number && covariance > 0.15 * fit.gain * variance
    }
    let lost = [dark, bright].reduce(0) { follows($1) ? $0 : $0 + $1.count }
    return Double(lost) / Double(max(1, count))
  }
}
