import Dataset
import Tensors

/// Varies the pictures that a discriminator sees, real and translated alike, by what gradients flow through.
///
/// Differentiable Augmentation for Data-Efficient GAN Training, https://arxiv.org/abs/2006.10738, with the amounts of its
/// published program (mit-han-lab/data-efficient-gans, DiffAugment_pytorch.py).
struct DiffAugment {
  /// What is done to one picture.
  struct Draw: Equatable {
    /// Added to every value, -0.5 to 0.5.
    let brightness: Double
    /// How far each value is from its pixel's mean, times 0 to 2.
    let saturation: Double
    /// How far each value is from the picture's mean, times 0.5 to 1.5.
    let contrast: Double
    /// Pixels to the right, up to an eighth of the side either way.
    let right: Int
    /// Pixels down, up to an eighth of the side either way.
    let down: Int
    /// The columns that are blanked: half the side, less where they would reach beyond the edge.
    let columns: Range<Int>
    /// The rows that are blanked.
    let rows: Range<Int>

    /// All is drawn whatever is used of it, so that each part is the same with and without the others.
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
  /// One for each picture of a batch.
  let draws: [Draw]

  /// What `random` says is done to `count` pictures of `side` pixels.
  init(_ parts: [TrainSettings.DiffAugment], count: Int, side: Int, _ random: inout CounterRandom) {
    self.parts = parts
    draws = (0..<count).map { _ in Draw(side: side, &random) }
  }

  /// The pictures (N, 3, side, side) varied, as many as there are draws; the pictures themselves without any part.
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

  /// What a picture leaves free is 0, as is what is blanked.
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
