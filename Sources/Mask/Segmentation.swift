import Dataset
import Foundation
import Imaging
import Vision

/// What must be known of a segmentation network to run it.
struct ModelCard: Sendable {
  /// The name under which the model is looked up.
  let name: String
  /// How an image becomes its input.
  let input: Network.Input
  /// Which of the output's channels is the figure.
  let channel: Int

  /// The portrait network SINet with softmax, as the repository anilsathyan7/Portrait-Segmentation exports it.
  ///
  /// 320 x 320, blue first; the output is 1 x 2 x 320 x 320 (Park and others, 2020).
  static let sinet = ModelCard(
    name: "sinet",
    input: Network.Input(
      size: PixelSize(width: 320, height: 320), mean: [102.890434, 111.25247, 126.91212],
      scale: [62.93292, 62.82138, 66.355705].map { 1 / ($0 * 255) }, blueFirst: true),
    channel: 1)
}

/// A segmentation network.
final class Segmentation: MaskMethod {
  let name = "segment"
  let precision = MaskPrecision.coarse
  private let card: ModelCard
  private let network: Network

  /// Loads the network that `card` describes.
  ///
  /// - Throws: What `models` throws where it is not there; `VisionError` where it cannot be read.
  init(_ card: ModelCard, models: (String) throws -> URL) throws {
    self.card = card
    network = try Network(contentsOf: try models(card.name))
  }

  func mask(of subject: MaskSubject) throws -> Plane? {
    try network.setInput(subject.image, card.input)
    guard let output = try network.forward().first, output.shape.count == 4, output.shape[1] > card.channel
    else {
      throw MaskError(
        "unknown-model",
        "the network \(card.name) does not answer with one map a class; use the published file")
    }
    let (height, width) = (output.shape[2], output.shape[3])
    let start = card.channel * width * height
    return Plane(width: width, height: height, values: Array(output.values[start..<start + width * height]))
  }
}

/// The portrait network as `auto` uses it: on photographs alone, and only where it finds somebody.
final class PortraitSegmentation: MaskMethod {
  let name = "segment"
  let precision = MaskPrecision.coarse
  private let network: Segmentation

  /// The network, or nil where its file is not here.
  ///
  /// - Throws: `VisionError` where the file is here and cannot be read.
  init?(models: (String) throws -> URL) throws {
    guard PortraitSegmentation.isHere(models) else { return nil }
    network = try Segmentation(.sinet, models: models)
  }

  /// Whether `auto` will use the network, on which its masks depend.
  static func isHere(_ models: (String) throws -> URL) -> Bool {
    (try? models(ModelCard.sinet.name)) != nil
  }

  func mask(of subject: MaskSubject) throws -> Plane? {
    // It was trained on portraits: of drawings it finds a seventh not at all.
    guard subject.shape == .photo, let mask = try network.mask(of: subject) else { return nil }
    let coverage = mask.values.reduce(0, +) / Float(mask.values.count)
    return (0.05...0.98).contains(coverage) ? mask : nil
  }
}
