import Dataset
import Tensors

/// Differentiable augmentation of the images that a discriminator sees, the same kind for real and translated images.
///
/// Differentiable Augmentation for Data-Efficient GAN Training, https://arxiv.org/abs/2006.10738, with the ranges of its
/// program (mit-han-lab/data-efficient-gans, DiffAugment_pytorch.py).
struct DiffAugment {
  /// The random choices for one image.
  struct Draw: Equatable {
    /// The number added to every value, -0.5...0.5.
    let brightness: Double
    /// The factor of each value's difference from its pixel's mean, 0...2.
    let saturation: Double
    /// The factor of each value's difference from the image's mean, 0.5...1.5.
    let contrast: Double
    /// The shift to the right in pixels, at most an eighth of the side in each direction.
    let right: Int
    /// The shift down in pixels, at most an eighth of the side in each direction.
    let down: Int
    /// The columns that are set to 0: half the side, clipped at the edge.
    let columns: Range<Int>
    /// The rows that are set to 0.
    let rows: Range<Int>

    /// All choices are drawn even if some are not used, so that each is the same with and without the others.
    init(side: Int, _ random: inout CounterRandom) {
      brightness = random.unit() - 0.5
      saturation = random.unit() * 2
      contrast = random.unit() + 0.5
      let reach = (side + 4) / 8
      right = random.below(2 * reach + 1) - reach
      down = random.below(2 * reach + 1) - reach
      let hole = (side + 1) / 2
      func range() -> Range<Int> {
        let start = random.below(side + 1 - hole % 2) - hole / 2
        return max(0, start)..<min(side, start + hole)
      }
      (columns, rows) = (range(), range())
    }
  }

  let parts: [TrainSettings.DiffAugment]
  /// One for each image of a batch.
  let draws: [Draw]

  /// Draws the augmentation of `count` images of `side` pixels from `random`.
  init(_ parts: [TrainSettings.DiffAugment], count: Int, side: Int, _ random: inout CounterRandom) {
    self.parts = parts
    draws = (0..<count).map { _ in Draw(side: side, &random) }
  }

  /// The augmented images (N, 3, side, side), one for each draw; without parts, the images themselves.
  func callAsFunction(_ pictures: Tensor) throws -> Tensor {
    precondition(pictures.shape[0] == draws.count, "\(draws.count) draws for \(pictures.shape[0]) pictures")
    return try parts.reduce(pictures) { pictures, part in
      switch part {
      case .color: try recoloured(pictures)
      case .translation: try shifted(pictures)
      case .cutout: try blanked(pictures)
      }
    }
  }

  private func recoloured(_ pictures: Tensor) throws -> Tensor {
    func amount(_ path: KeyPath<Draw, Double>) throws -> Tensor {
      try Tensor(draws.map { Float($0[keyPath: path]) }, shape: [draws.count, 1, 1, 1])
        .to(pictures.dtype, device: pictures.device)
    }
    func spread(_ pictures: Tensor, about mean: Tensor, by factor: Tensor) throws -> Tensor {
      try mean.adding(pictures - mean, times: factor)
    }
    let brighter = try pictures + amount(\.brightness)
    let vivid = try spread(brighter, about: brighter.mean([1], keep: true), by: amount(\.saturation))
    return try spread(vivid, about: vivid.mean([1, 2, 3], keep: true), by: amount(\.contrast))
  }

  /// Pixels that the shifted image does not cover are 0.
  private func shifted(_ pictures: Tensor) throws -> Tensor {
    try Tensor.cat(
      draws.enumerated().map { index, draw in
        try pictures.sample(index).pad([draw.right, -draw.right, draw.down, -draw.down])
      })
  }

  private func blanked(_ pictures: Tensor) throws -> Tensor {
    let (height, width) = (pictures.shape[2], pictures.shape[3])
    var kept = [Float](repeating: 1, count: draws.count * height * width)
    for (index, draw) in draws.enumerated() {
      for y in draw.rows { for x in draw.columns { kept[(index * height + y) * width + x] = 0 } }
    }
    let mask = try Tensor(kept, shape: [draws.count, 1, height, width])
    return try pictures * mask.to(pictures.dtype, device: pictures.device)
  }
}
