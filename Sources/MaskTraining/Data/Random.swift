import Dataset
import Foundation

extension CounterRandom {
  /// A uniformly distributed number in `range`.
  mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + unit() * (range.upperBound - range.lowerBound)
  }

  /// A normally distributed number.
  mutating func normal(_ mean: Double = 0, _ deviation: Double = 1) -> Double {
    let radius = (-2 * log(1 - unit())).squareRoot()
    return mean + deviation * radius * cos(2 * .pi * unit())
  }

  /// True in `share` of the cases.
  mutating func chance(_ share: Double) -> Bool { unit() < share }
}
