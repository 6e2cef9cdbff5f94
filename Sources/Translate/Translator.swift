public import Train
public import Imaging
public import Tensors

/// What came of one picture.
public struct TranslatedPicture: Sendable {
  /// What the network saw: RGB of its size.
  public var input: ImageBuffer
  /// What it made of it: RGB of its size, on white.
  public var output: ImageBuffer
  /// Where it looked; nil where that was not asked for.
  public var attention: Heatmap?
}

/// A trained generator that pictures go through.
public final class Translator {
  /// What the network is.
  public let architecture: Architecture
  private let generator: any ImageGenerator
  private let device: Device

  /// The network of `trained` with its weights, on `device`.
  ///
  /// - Throws: `WeightsError`, `KeyDifference`, `TensorError`.
  public init(_ trained: TrainedGenerator, device: Device = .cpu) throws {
    architecture = trained.architecture
    self.device = device
    generator = try trained.makeGenerator(device: device)
  }

  /// Translates pictures, all at once; one of the network's size is used as it is, any other is resized.
  ///
  /// - Parameters:
  ///   - pictures: Pictures of any size; what is transparent in them is white.
  ///   - withAttention: Whether to tell where the network looked.
  /// - Returns: One result a picture, in their order.
  /// - Throws: `TensorError`.
  public func translate(
    _ pictures: [ImageBuffer], withAttention: Bool = false
  ) throws -> [TranslatedPicture] {
    guard !pictures.isEmpty else { return [] }
    let size = PixelSize(width: architecture.side, height: architecture.side)
    let inputs = pictures.map { $0.composited(on: [255, 255, 255]).resized(to: size) }
    let translation = try withoutGradient { try generator(Tensor(inputs).to(device: device)) }
    var results = zip(inputs, try translation.pictures()).map { TranslatedPicture(input: $0, output: $1) }
    if withAttention {
      for (index, map) in try translation.attention.heatmaps().enumerated() { results[index].attention = map }
    }
    return results
  }
}
