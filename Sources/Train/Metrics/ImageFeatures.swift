public import Foundation
public import Imaging
public import Tensors
import WeightFiles

/// Features of images from an ImageNet classifier, for KID and FID.
public final class ImageFeatures {
  /// The networks whose features can be used.
  public enum Network: String, Sendable, CaseIterable {
    /// InceptionV3 of 2015-12-05, which published KID and FID values use.
    case inception
    /// EfficientNet-Lite0, a smaller network; its values are not comparable to published ones and are called KID-lite.
    case efficientnetLite0 = "efficientnet-lite0"

    /// The name of the kernel distance with these features.
    public var distanceName: String { self == .inception ? "KID" : "KID-lite" }
  }

  /// The kind of network.
  public let network: Network
  private let device: Device
  private let compute: (Tensor) throws -> Tensor

  /// Loads the weights of `network` from the file at `url`: `.pth`, `.pt` or safetensors.
  ///
  /// - Throws: `TrainError.features` if the file is not of that network; `WeightsError`, `SafetensorsError`, `TensorError`.
  public init(_ network: Network, contentsOf url: URL, device: Device = .cpu) throws {
    (self.network, self.device) = (network, device)
    let module: any Module
    switch network {
    case .inception:
      let inception = try InceptionV3(device: device)
      (module, compute) = (inception, { try inception($0) })
    case .efficientnetLite0:
      let efficientNet = try EfficientNetLite(device: device)
      (module, compute) = (efficientNet, { try efficientNet($0) })
    }
    let file = try WeightsFile(contentsOf: url, networks: [], otherwise: network.rawValue)
    let name = file.names[0]
    // The classifier and the number of training batches are not needed, and published files differ in them.
    let wanted = module.state.filter {
      !$0.key.hasSuffix("num_batches_tracked") && !$0.key.hasPrefix("fc.") && !$0.key.hasPrefix("_fc.")
    }
    let keys = Set(wanted.map(\.key))
    let difference = KeyDifference(
      of: "\(network.rawValue) of \(url.path)", expected: wanted.map { ($0.key, $0.tensor.shape) },
      found: try file.shapes(name).filter { keys.contains($0.key) })
    guard difference.isEmpty else { throw TrainError.features(difference.description) }
    let state = try file.stateDict(name, keys: keys)
    try withoutGradient {
      for entry in wanted { if let stored = state[entry.key] { try entry.tensor.copy(from: Tensor(stored)) } }
    }
  }

  /// The features of `images`: one row of 2048 (Inception) or 1280 (EfficientNet-Lite0) numbers for each image.
  ///
  /// - Throws: `TensorError`.
  public func callAsFunction(_ images: [ImageBuffer]) throws -> [[Float]] {
    try withoutGradient {
      var features: [[Float]] = []
      for start in stride(from: 0, to: images.count, by: 16) {
        let batch = images[start..<min(start + 16, images.count)]
        let side = network == .inception ? 299 : 224
        let values = batch.flatMap {
          network == .inception ? Self.inceptionInput($0) : Self.imageNetInput($0)
        }
        let result = try compute(Tensor(values, shape: [batch.count, 3, side, side]).to(device: device))
        let numbers = try result.to(device: .cpu).floats()
        let width = numbers.count / batch.count
        for row in 0..<batch.count { features.append(Array(numbers[row * width..<(row + 1) * width])) }
      }
      return features
    }
  }

  /// Planes of 299 x 299 pixels in -1...1, resized bilinearly as TensorFlow 1 does, without half-pixel centres.
  ///
  /// Source: torch-fidelity, interpolate_compat_tensorflow.py.
  static func inceptionInput(_ image: ImageBuffer) -> [Float] {
    let rgb = image.composited(on: [255, 255, 255]).converted(to: .rgb)
    let side = 299
    func places(_ length: Int) -> [(low: Int, high: Int, share: Float)] {
      let scale = Float(length) / Float(side)
      return (0..<side).map { index in
        let place = Float(index) * scale
        let low = Int(place.rounded(.down))
        return (min(low, length - 1), min(low + 1, length - 1), place - Float(low))
      }
    }
    let (columns, rows) = (places(rgb.width), places(rgb.height))
    var values = [Float](repeating: 0, count: 3 * side * side)
    let bytes = rgb.bytes
    for channel in 0..<3 {
      func value(_ x: Int, _ y: Int) -> Float { Float(bytes[(y * rgb.width + x) * 3 + channel]) }
      for (y, row) in rows.enumerated() {
        for (x, column) in columns.enumerated() {
          let (a, b) = (value(column.low, row.low), value(column.high, row.low))
          let (c, d) = (value(column.low, row.high), value(column.high, row.high))
          let (top, bottom) = (a + (b - a) * column.share, c + (d - c) * column.share)
          values[(channel * side + y) * side + x] = (top + (bottom - top) * row.share - 128) / 128
        }
      }
    }
    return values
  }

  /// Planes of 224 x 224 pixels, normalised with ImageNet's mean and standard deviation.
  private static func imageNetInput(_ image: ImageBuffer) -> [Float] {
    let size = PixelSize(width: 224, height: 224)
    let rgb = image.composited(on: [255, 255, 255]).converted(to: .rgb).resized(
      to: size, .antialiasedBilinear)
    let (mean, deviation): ([Float], [Float]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    let count = 224 * 224
    var values = [Float](repeating: 0, count: 3 * count)
    for (index, byte) in rgb.bytes.enumerated() {
      let channel = index % 3
      values[channel * count + index / 3] = (Float(byte) / 255 - mean[channel]) / deviation[channel]
    }
    return values
  }
}
