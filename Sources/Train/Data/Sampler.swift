import Dataset
import Synchronization

/// Chooses the image for each sample of a run: from shuffled epochs, or at random by weight.
///
/// The choice depends only on the seed, the domain and the sample's number, so a resumed run needs no other state.
public final class Sampler: Sendable {
  private let seed: UInt64
  private let stream: UInt64
  private let count: Int
  /// Running sums of the weights; nil for shuffled epochs.
  private let sums: [Double]?
  private let latest = Mutex<(epoch: Int, order: [Int])?>(nil)

  /// A sampler of `count` images.
  ///
  /// - Parameters:
  ///   - count: The number of images, at least 1.
  ///   - seed: The run's seed.
  ///   - stream: A number that differs between the domains of a run.
  ///   - weights: How often each image is drawn relative to others; nil for shuffled epochs, in which every image is drawn
  ///     once before any is drawn twice.
  /// - Precondition: Weights, if given, are one for each image, not negative, and not all zero.
  public init(count: Int, seed: UInt64, stream: UInt64, weights: [Double]? = nil) {
    precondition(count > 0, "a sampler needs at least one image")
    (self.count, self.seed, self.stream) = (count, seed, stream)
    sums = weights.map { weights in
      precondition(
        weights.count == count && weights.allSatisfy { $0 >= 0 } && weights.contains { $0 > 0 },
        "there must be one weight for each image, none negative and not all zero")
      var sum = 0.0
      return weights.map { weight in
        sum += weight
        return sum
      }
    }
  }

  /// The image of sample `number`.
  ///
  /// - Parameters:
  ///   - number: The sample's number in the run, from 0.
  ///   - attempt: The number of unreadable images that were already chosen for this sample; 0 at first.
  /// - Returns: An index in 0..<`count`.
  public func image(_ number: Int, attempt: Int = 0) -> Int {
    if sums == nil, attempt == 0 { return order(of: number / count)[number % count] }
    var random = CounterRandom(seed, stream, 2, UInt64(number), UInt64(attempt))
    guard let sums, let total = sums.last else { return random.below(count) }
    let place = random.unit() * total
    var (low, high) = (0, count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > place { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private func order(of epoch: Int) -> [Int] {
    if let known = latest.withLock({ $0 }), known.epoch == epoch { return known.order }
    var random = CounterRandom(seed, stream, 1, UInt64(epoch))
    var order = Array(0..<count)
    for index in stride(from: count - 1, to: 0, by: -1) { order.swapAt(index, random.below(index + 1)) }
    latest.withLock { [order] in $0 = (epoch, order) }
    return order
  }
}
