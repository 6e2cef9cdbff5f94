/// The number of floating-point operations of a training step, computed from the architecture.
///
/// Counted are all convolutions and linear layers of the published networks, two operations for each multiplication and
/// addition. Normalisation, activations, losses and Adam are not counted. The work is that of the published networks, so it
/// does not change if a program computes the same result with fewer operations.
public struct StepWork: Sendable, Equatable {
  /// One forward pass of a generator for one image.
  public let generator: Double
  /// One forward pass of a global discriminator for one image.
  public let globalDiscriminator: Double
  /// One forward pass of a local discriminator for one image.
  public let localDiscriminator: Double

  /// The work of the networks of `architecture`.
  public init(_ architecture: Architecture) {
    generator =
      2
      * (architecture.model.isPhoto2cartoon
        ? photo2cartoonProducts(architecture) : ugatitProducts(architecture))
    globalDiscriminator = 2 * discriminatorProducts(.global, architecture)
    localDiscriminator = 2 * discriminatorProducts(.local, architecture)
  }

  /// The operations of one step with `batch` images of each domain.
  ///
  /// A backward pass counts as two forward passes, or as one if only the gradient of the input is needed. Counted are:
  /// - six forward and backward passes of generators: translation, identity and cycle of each domain; translations are computed
  ///   once for both updates;
  /// - four forward and backward passes of a global and a local discriminator, real and translated images of each domain;
  /// - two forward passes of both in the generators' update, with backward passes to their input.
  public func step(batch: Int) -> Double {
    let discriminators = globalDiscriminator + localDiscriminator
    return Double(batch) * (6 * 3 * generator + 4 * 3 * discriminators + 2 * 2 * discriminators)
  }
}

/// The multiplications of a convolution with a square kernel, whose output has `side` x `side` pixels.
private func convolution(_ inputs: Int, _ outputs: Int, kernel: Int, side: Int) -> Double {
  Double(inputs * outputs * kernel * kernel) * Double(side * side)
}

/// The parts that all generators have: the residual blocks, the class activation map, the style layers and the decoder blocks.
private func bottleneckProducts(_ architecture: Architecture) -> Double {
  let (channels, side) = (4 * architecture.width, architecture.side / 4)
  let square = Double(channels * channels)
  let style = architecture.model.isLight ? square : square * Double(side * side)
  return 16 * convolution(channels, channels, kernel: 3, side: side)
    + convolution(2 * channels, channels, kernel: 1, side: side) + Double(2 * channels) + style + square
}

private func ugatitProducts(_ architecture: Architecture) -> Double {
  let (width, side) = (architecture.width, architecture.side)
  let ends = 2 * convolution(3, width, kernel: 7, side: side)
  let down =
    convolution(width, 2 * width, kernel: 3, side: side / 2)
    + convolution(2 * width, 4 * width, kernel: 3, side: side / 4)
  let up =
    convolution(4 * width, 2 * width, kernel: 3, side: side / 2)
    + convolution(2 * width, width, kernel: 3, side: side)
  // gamma and beta.
  let affine = 2 * Double(16 * width * width)
  return ends + down + bottleneckProducts(architecture) + affine + up
}

private func photo2cartoonProducts(_ architecture: Architecture) -> Double {
  let (width, side) = (architecture.width, architecture.side)
  func block(_ side: Int) -> Double {
    let (half, quarter) = (width / 2, width / 4)
    return [(width, half), (half, quarter), (quarter, quarter)].reduce(0) {
      $0 + convolution($1.0, $1.1, kernel: 3, side: side)
    }
  }
  let pyramid =
    (0..<4).reduce(0.0) { $0 + block(side >> $1) + 2 * block(side >> ($1 + 1)) } + block(side >> 4)
  let painted = convolution(width, 3, kernel: 1, side: side)
  let projection = convolution(width, width, kernel: 1, side: side)
  let mixing = projection + painted
  let hourglasses = 4 * (pyramid + block(side) + projection + painted) + 3 * mixing
  let ends = convolution(3, width, kernel: 7, side: side) + convolution(3, 3, kernel: 7, side: side)
  let resampling =
    convolution(width, 2 * width, kernel: 3, side: side / 2)
    + convolution(2 * width, 4 * width, kernel: 3, side: side / 4)
    + convolution(4 * width, 2 * width, kernel: 3, side: side / 2)
    + convolution(2 * width, width, kernel: 3, side: side)
  // Eight SoftAdaLIN layers, each with three linear layers for gamma and three for beta.
  let affine = 48 * Double(16 * width * width)
  return ends + hourglasses + resampling + bottleneckProducts(architecture) + affine
}

private func discriminatorProducts(_ field: Discriminator.Field, _ architecture: Architecture) -> Double {
  var (channels, side) = (3, architecture.side)
  var products = 0.0
  let halvings = field.rawValue - 2
  for level in 0...halvings {
    let outputs = architecture.width << level
    let stride = level < halvings ? Discriminator.stride(at: side, before: halvings + 1 - level) : 1
    side = stride == 2 ? side / 2 : side - 1
    products += convolution(channels, outputs, kernel: 4, side: side)
    channels = outputs
  }
  // The class activation map and the last convolution, which removes another pixel.
  return products + Double(2 * channels) + convolution(2 * channels, channels, kernel: 1, side: side)
    + convolution(channels, 1, kernel: 4, side: side - 1)
}
