import Dataset
public import Foundation
import Imaging
public import Train

/// The distance between the images of two folders, without a run.
public struct FolderDistance: Sendable, Equatable, Codable {
  /// The name of the distance: `KID-lite`, `KID` or `color-edge distance`.
  public var measure: String
  /// The number of images in each folder.
  public var images: [Int]
  /// The distance over all images with its standard error; nil for fewer than two images.
  public var distance: DistanceEstimate?
  /// KID and FID as torch-fidelity computes them; nil without a network for features.
  public var kernel: KernelDistance?

  /// Compares all images of two folders, at their own size.
  ///
  /// - Parameters:
  ///   - first: A folder of images, such as translations.
  ///   - second: Another one, such as the target domain's test images.
  ///   - measure: The features that are compared.
  /// - Throws: `DataError` if a folder has no images; `ImagingError` for an image that cannot be read; `TensorError`.
  public init(_ first: URL, _ second: URL, measure: DistanceMeasure) throws {
    let features = try [first, second].map { url -> [[Float]] in
      let folder = try ImageFolder(url) { _ in }
      // A few images at a time, so that memory does not grow with the folder.
      return try stride(from: 0, to: folder.names.count, by: 16).flatMap { start in
        try measure.features(
          (start..<min(start + 16, folder.names.count)).map { try folder.image($0) })
      }
    }
    self.measure = measure.name
    images = features.map(\.count)
    distance = DistanceEstimate(features[0], features[1])
    kernel = measure.network == nil ? nil : KernelDistance(features[0], features[1])
  }

  /// Lines for people.
  public var text: String {
    let line = "\(measure) of \(images[0]) and \(images[1]) images: \(distance?.text ?? "too few images")"
    return kernel.map { "\(line)\n\($0.text(measure))" } ?? line
  }
}

extension KernelDistance {
  /// KID x 100 with its deviation, and FID, under the names that belong to the features of `measure`.
  public func text(_ measure: String) -> String {
    String(
      format: "%@ x 100 %.3f ± %.3f over 100 subsets, FID%@ %.2f", measure, kid * 100, deviation * 100,
      measure == "KID" ? "" : "-lite", fid)
  }
}
