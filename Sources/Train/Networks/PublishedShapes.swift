import Foundation
public import WeightFiles

/// The properties of a generator, inferred from the keys and shapes of its weights.
public struct GeneratorTraits: Sendable, Equatable {
  /// The published model.
  public let model: Architecture.Model
  /// The channels after the first convolution: `ngf`, 64 or 32 as published.
  public let width: Int
  /// The number of residual blocks in each half; 4 as published.
  public let blocks: Int
  /// The side of the images in pixels, which is fixed in the full models; nil for light models, which take any.
  public let side: Int?
  /// The reference implementation, inferred from the layers of the class activation map.
  public let compatibility: Architecture.Compatibility

  /// Infers the properties from the shapes of a generator's tensors by key.
  ///
  /// - Throws: `WeightsError` if the shapes are of no published generator or contradict each other.
  public init(shapes: [String: [Int]]) throws(WeightsError) {
    let blockKey: (Int) -> String
    let first: [Int]
    let (light, full): (Architecture.Model, Architecture.Model)
    if let shape = shapes["DownBlock.1.weight"] {
      (light, full) = (.ugatitLight, .ugatit)
      (first, blockKey) = (shape, { "UpBlock1_\($0).conv1.weight" })
    } else if let shape = shapes["ConvBlock1.1.weight"], shapes["HourGlass1.HG.2.weight"] != nil {
      (light, full) = (.photo2cartoon, .photo2cartoonFull)
      (first, blockKey) = (shape, { "DecodeBlock\($0).conv1.weight" })
    } else {
      let keys = shapes.keys.sorted().prefix(3).joined(separator: ", ")
      throw WeightsError(
        .unsupported,
        "this is neither U-GAT-IT's generator (no DownBlock.1.weight) nor photo2cartoon's (no ConvBlock1.1.weight); "
          + (keys.isEmpty ? "it has no tensors" : "its first keys are \(keys)"))
    }
    guard first.count == 4, first[1...] == [3, 7, 7], first[0] > 0 else {
      throw WeightsError(.unsupported, "the first convolution has the shape \(first), not (width, 3, 7, 7)")
    }
    width = first[0]
    compatibility = shapes["cam_fc.weight"] == nil ? .pytorch : .tensorflow
    blocks = (1...).prefix { shapes[blockKey($0)] != nil }.count
    let channels = 4 * width
    guard let fc = shapes["FC.0.weight"], fc.count == 2, fc[0] == channels, fc[1] > 0 else {
      throw WeightsError(
        .unsupported, "FC.0.weight has the shape \(shapes["FC.0.weight"] ?? []), not (\(channels), ...)")
    }
    model = fc[1] == channels ? light : full
    guard !model.isLight else {
      side = nil
      return
    }
    let quarter = Int(Double(fc[1] / channels).squareRoot())
    guard quarter * quarter * channels == fc[1] else {
      throw WeightsError(.unsupported, "FC.0.weight has the shape \(fc), which fits no square image")
    }
    side = 4 * quarter
  }

  /// The architecture for images of the side that the weights fix, else of `wanted` pixels, else of 256.
  public func architecture(side wanted: Int? = nil) -> Architecture {
    Architecture(model, side: side ?? wanted ?? 256, width: width, compatibility: compatibility)
  }
}

/// The properties of a discriminator, inferred from the keys and shapes of its weights.
public struct DiscriminatorTraits: Sendable, Equatable {
  /// The channels after the first convolution: `ndf`.
  public let width: Int
  /// The published `n_layers`: 7 for the global discriminators, 5 for the local ones.
  public let layers: Int

  /// Infers the properties from the shapes of a discriminator's tensors by key.
  ///
  /// - Throws: `WeightsError` if the shapes are not of the published discriminator.
  public init(shapes: [String: [Int]]) throws(WeightsError) {
    guard let first = shapes["model.1.weight_orig"], first.count == 4, first[1...] == [3, 4, 4] else {
      throw WeightsError(
        .unsupported, "this is not the published discriminator (model.1.weight_orig is not (width, 3, 4, 4))")
    }
    width = first[0]
    layers = 1 + (0...).prefix { shapes["model.\(1 + 3 * $0).weight_orig"] != nil }.count
  }
}
