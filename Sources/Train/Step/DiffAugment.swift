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

    /// The choices as numbers, in the order of `Number`.
    var numbers: [Double] {
      Number.allCases.map { number in
        switch number {
        case .brightness: brightness
        case .saturation: saturation
        case .contrast: contrast
        case .right: Double(right)
        case .down: Double(down)
        case .firstColumn: Double(columns.lowerBound)
        case .endColumn: Double(columns.upperBound)
        case .firstRow: Double(rows.lowerBound)
        case .endRow: Double(rows.upperBound)
        }
      }
    }

    /// No change.
    static let none = Draw(
      brightness: 0, saturation: 1, contrast: 1, right: 0, down: 0, columns: 0..<0, rows: 0..<0)

    private init(
      brightness: Double, saturation: Double, contrast: Double, right: Int, down: Int, columns: Range<Int>,
      rows: Range<Int>
    ) {
      (self.brightness, self.saturation, self.contrast) = (brightness, saturation, contrast)
      (self.right, self.down, self.columns, self.rows) = (right, down, columns, rows)
    }

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

  /// The numbers of a draw; the ends of ranges are not part of them.
  enum Number: Int, CaseIterable {
    case brightness, saturation, contrast, right, down, firstColumn, endColumn, firstRow, endRow
  }

  let parts: [TrainSettings.DiffAugment]
  /// The choices for each image, (N, the cases of `Number`).
  private let numbers: Tensor
  /// 0, 1, 2 and so on to the last column or row.
  private let positions: Tensor

  /// The augmentation of images by `numbers`, as in `Draw.numbers`; `positions` are those of their columns, (side).
  ///
  /// All are tensors on the images' device, so that a recorded step can be repeated with other choices.
  init(_ parts: [TrainSettings.DiffAugment], _ numbers: Tensor, positions: Tensor) {
    (self.parts, self.numbers, self.positions) = (parts, numbers, positions)
  }

  /// The random choices for `count` images of `side` pixels.
  static func draws(count: Int, side: Int, _ random: inout CounterRandom) -> [Draw] {
    (0..<count).map { _ in Draw(side: side, &random) }
  }

  /// The augmented images (N, 3, side, side); without parts, the images themselves.
  func callAsFunction(_ pictures: Tensor) throws -> Tensor {
    precondition(
      pictures.shape[0] == numbers.shape[0], "\(numbers.shape[0]) draws for \(pictures.shape[0]) pictures")
    return try parts.reduce(pictures) { pictures, part in
      switch part {
      case .color: try recolored(pictures)
      case .translation: try shifted(shifted(pictures, by: .right, axis: 3), by: .down, axis: 2)
      case .cutout:
        try pictures
          * (1 - covered(axis: 3, .firstColumn, .endColumn, like: pictures)
            * covered(axis: 2, .firstRow, .endRow, like: pictures))
      }
    }
  }

  /// One number of each image, (N, 1).
  private func value(_ number: Number, like pictures: Tensor) throws -> Tensor {
    try numbers.narrow(axis: 1, number.rawValue..<number.rawValue + 1).to(pictures.dtype)
  }

  private func recolored(_ pictures: Tensor) throws -> Tensor {
    func amount(_ number: Number) throws -> Tensor {
      try value(number, like: pictures).reshape([-1, 1, 1, 1])
    }
    func spread(_ pictures: Tensor, about mean: Tensor, by factor: Tensor) throws -> Tensor {
      try mean.adding(pictures - mean, times: factor)
    }
    let brighter = try pictures + amount(.brightness)
    let vivid = try spread(brighter, about: brighter.mean([1], keep: true), by: amount(.saturation))
    return try spread(vivid, about: vivid.mean([1, 2, 3], keep: true), by: amount(.contrast))
  }

  /// The images shifted along `axis`; pixels that the shifted image does not cover are 0.
  private func shifted(_ pictures: Tensor, by number: Number, axis: Int) throws -> Tensor {
    let side = pictures.shape[axis]
    let sources = try positions.to(pictures.dtype).reshape([1, -1]) - value(number, like: pictures)
    // Positions are whole numbers, so that these are 1 inside and 0 outside.
    let inside = try (sources + 1).clamp(to: 0...1) * (Double(side) - sources).clamp(to: 0...1)
    let shape = axis == 3 ? [-1, 1, 1, side] : [-1, 1, side, 1]
    let indices = try sources.clamp(to: 0...Double(side - 1)).to(.int64).reshape(shape)
    return try pictures.gather(axis: axis, indices.expand(pictures.shape)) * inside.reshape(shape)
  }

  /// 1 for the positions along `axis` that an image's cutout covers, else 0; the range is from `first` to `end`, which is not part of it.
  private func covered(axis: Int, _ first: Number, _ end: Number, like pictures: Tensor) throws -> Tensor {
    let side = pictures.shape[axis]
    let positions = try positions.to(pictures.dtype).reshape([1, -1])
    let inside =
      try (positions - value(first, like: pictures) + 1).clamp(to: 0...1)
      * (value(end, like: pictures) - positions).clamp(to: 0...1)
    return try inside.reshape(axis == 3 ? [-1, 1, 1, side] : [-1, 1, side, 1])
  }
}
