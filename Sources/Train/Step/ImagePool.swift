import Dataset
import Tensors

/// Earlier translations of one domain, some of which the discriminators see instead of the newest ones.
///
/// So the discriminators do not forget earlier mistakes of the generators. Each new translation is kept until the pool is full; then,
/// with probability one half, it takes the place of a random kept one, which is returned instead. Learning from Simulated and
/// Unsupervised Images through Adversarial Training, https://arxiv.org/abs/1612.07828; CycleGAN keeps 50.
final class ImagePool {
  /// The largest number of translations.
  let capacity: Int
  /// The kept translations, each (1, 3, side, side).
  private(set) var images: [Tensor] = []

  /// An empty pool of at most `capacity` translations, at least 1.
  init(capacity: Int) {
    precondition(capacity > 0, "the capacity must be positive")
    self.capacity = capacity
  }

  /// The translations that the discriminators see instead of `translations`, (N, 3, side, side) without a graph.
  func callAsFunction(_ translations: Tensor, _ random: inout CounterRandom) throws -> Tensor {
    var chosen: [Tensor] = []
    for index in 0..<translations.shape[0] {
      // A copy, because a kept part would keep the whole batch in memory.
      let image = try translations.narrow(axis: 0, index..<index + 1).clone()
      // Both numbers are drawn in any case, so that later images do not depend on how full the pool is.
      let (isReplaced, place) = (random.unit() < 0.5, random.below(capacity))
      if images.count < capacity {
        images.append(image)
        chosen.append(image)
      } else if isReplaced {
        chosen.append(images[place])
        images[place] = image
      } else {
        chosen.append(image)
      }
    }
    return try Tensor.cat(chosen)
  }

  /// Replaces all kept translations.
  func restore(_ images: [Tensor]) { self.images = Array(images.prefix(capacity)) }
}
