public import Train
public import Imaging
public import Tensors

/// The translation of one image.
public struct TranslatedPicture: Sendable {
  /// The network's input: RGB, (side, side) pixels.
  public var input: ImageBuffer
  /// The network's output: RGB, (side, side) pixels, on white.
  public var output: ImageBuffer
  /// The attention heatmap; nil if it was not requested.
  public var attention: Heatmap?
}

/// A trained generator, ready to translate images.
public final class Translator {
  /// The architecture of the network.
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

  /// Translates images as one batch; images of another size than the network's input are resized.
  ///
  /// - Parameters:
  ///   - pictures: Images of any size; transparent pixels become white.
  ///   - withAttention: Whether to return the attention heatmaps.
  /// - Returns: One result for each image, in the same order.
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
