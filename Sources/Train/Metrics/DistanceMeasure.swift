public import Dataset
public import Foundation
public import Imaging
public import Tensors

/// The features by which translations are compared with the target domain's images.
public struct DistanceMeasure {
  /// The name of the distance: `KID-lite`, `KID` or `color-edge distance`.
  public let name: String
  /// The network of the features; nil for colors and edges.
  public let network: ImageFeatures?

  /// The distance with the features of `network`; without one, the distance of colors and edges.
  public init(_ network: ImageFeatures?) {
    self.network = network
    name = network?.network.distanceName ?? "color-edge distance"
  }

  /// The measure that a setting or option names, and a sentence about it for the user.
  ///
  /// - Parameters:
  ///   - choice: `auto` for KID-lite if its network is installed, `none` for colors and edges, or `inception=FILE` or
  ///     `efficientnet-lite0=FILE`.
  ///   - folders: The folders in which `auto` searches the network.
  ///   - device: The device of the network.
  /// - Returns: The measure, and a note if the user must know about it.
  /// - Throws: `TrainError.features` if a named file is not that network or `choice` is none of these; `WeightsError`.
  public static func named(
    _ choice: String, in folders: [URL] = ModelFolders.searchPath(), device: Device = .cpu
  ) throws -> (measure: DistanceMeasure, note: String?) {
    switch choice {
    case "none": return (DistanceMeasure(nil), nil)
    case "auto":
      let file = folders.map { $0.appendingPathComponent(ModelFolders.imageFeatures.path) }
        .first { FileManager.default.fileExists(atPath: $0.path) }
      guard let file else {
        return (
          DistanceMeasure(nil),
          "translations are compared by colors and edges only, because the network of KID-lite is not installed; "
            + "fetch it with: easel models fetch efficientnet-lite0"
        )
      }
      guard try Digest(ofFile: file).hex == ModelFolders.imageFeatures.digest else {
        return (
          DistanceMeasure(nil),
          "translations are compared by colors and edges only, because \(file.path) is not the published file; "
            + "delete it and fetch it with: easel models fetch efficientnet-lite0"
        )
      }
      return (DistanceMeasure(try ImageFeatures(.efficientnetLite0, contentsOf: file, device: device)), nil)
    default:
      let parts = choice.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let network = ImageFeatures.Network(rawValue: parts[0]) else {
        throw TrainError.features(
          "'\(choice)' is not auto, none, inception=FILE or efficientnet-lite0=FILE")
      }
      let file = URL(fileURLWithPath: NSString(string: parts[1]).expandingTildeInPath)
      let features = try ImageFeatures(network, contentsOf: file, device: device)
      return (
        DistanceMeasure(features), "features of \(file.path), SHA-256 \(try Digest(ofFile: file).hex)"
      )
    }
  }

  /// The features of `images`, one row for each image.
  ///
  /// - Throws: `TensorError`.
  public func features(_ images: [ImageBuffer]) throws -> [[Float]] {
    try network?(images) ?? images.map(ColorEdgeFeatures.features)
  }
}
