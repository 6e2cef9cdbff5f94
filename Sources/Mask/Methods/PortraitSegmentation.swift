import Dataset
import Foundation
import Imaging
import Vision

/// The portrait network of `auto`: it is used only for photos, and only if it finds a foreground.
final class PortraitSegmentation: MaskMethod {
  static let model = "sinet"
  let name = "segment"
  let precision = MaskPrecision.coarse
  private let network: NetworkSegmentation
  private let second: any MaskMethod

  /// The network with `second` for comparison, or nil if its file is not installed.
  ///
  /// - Throws: `SegmentationFailure` if the file cannot be read.
  init?(second: any MaskMethod, models: (String) throws -> URL) throws {
    guard PortraitSegmentation.isInstalled(models) else { return nil }
    self.second = second
    network = try NetworkSegmentation(PortraitSegmentation.model, models: models)
  }

  /// Whether the network is installed, so that `auto` uses it.
  static func isInstalled(_ models: (String) throws -> URL) -> Bool {
    (try? models(model)) != nil
  }

  func mask(of subject: MaskSubject) throws -> MaskPrediction? {
    // It was trained on photos and finds nothing in one of seven anime images.
    guard subject.shape == .photo else { return nil }
    let found: MaskPrediction?
    do { found = try network.mask(of: subject) } catch let error as MaskError
      where error.reason == "network-blank"
    {
      found = nil
    }
    guard var mask = found else { return nil }
    let coverage = mask.plane.values.reduce(0, +) / Float(mask.plane.values.count)
    guard (0.05...0.98).contains(coverage) else { return nil }
    if let other = try second.plane(of: subject) {
      mask.disagreement = try mask.plane.openCVResized(to: other.size, by: .area).difference(from: other)
    }
    return mask
  }
}
