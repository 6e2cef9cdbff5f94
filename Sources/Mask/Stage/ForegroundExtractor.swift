public import Dataset
public import Foundation
public import Imaging
import Vision

/// A crop's foreground without its background.
public struct Cutout: Sendable {
  /// RGBA of the crop's size, not premultiplied; the colors do not contain the background.
  public var image: ImageBuffer
  /// The method that made it, its coverage and its flags.
  public var summary: Sample.MaskSummary
}

/// Removes the background of crops by one of the settings' methods.
///
/// Each worker has its own instance, because it may own a network.
public final class ForegroundExtractor {
  private let methods: [any MaskMethod]
  private let method: MaskSettings.Method

  /// An extractor for `method`.
  ///
  /// `auto` uses the image's alpha, else part masks, else the dataset's fine-tuned network, else for photographs the
  /// portrait network if it is installed, else the built-in network. A program that was built without the network's
  /// weights uses the color model instead.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - model: The network of `segment`; the default is the portrait network.
  ///   - learned: The dataset's fine-tuned mask network; the default is the built-in network.
  ///   - models: The file of a model by its name; used by `segment`, and by `auto`, which also works without.
  /// - Throws: What `models` throws, and an `ItemFailure` if the network cannot be read.
  public init(
    _ method: MaskSettings.Method, model: String = "sinet", learned: URL? = nil,
    models: (String) throws -> URL
  ) throws {
    self.method = method
    methods =
      switch method {
      case .auto:
        [EmbeddedAlpha(), PartMasks()] + (try Self.automatic(learned, models))
      case .alpha: [EmbeddedAlpha()]
      case .parts: [PartMasks()]
      case .network: [try MaskNetwork(learned)]
      case .segment: [try NetworkSegmentation(model, models: models)]
      case .colorModel: [ColorModelSegmentation()]
      case .none: [Opaque()]
      }
  }

  /// The networks of `auto`, best first.
  private static func automatic(
    _ learned: URL?, _ models: (String) throws -> URL
  ) throws -> [any MaskMethod] {
    let network: any MaskMethod =
      learned != nil || MaskNetwork.isBuiltIn ? try MaskNetwork(learned) : ColorModelSegmentation()
    guard learned == nil, let portraits = try PortraitSegmentation(second: network, models: models) else {
      return [network]
    }
    return [portraits, network]
  }

  /// The cutout of `subject`, made by the first method that applies to it.
  ///
  /// - Throws: `MaskError` if no method applies, `ImagingError` for a broken mask file, `VisionError`.
  public func callAsFunction(_ subject: MaskSubject) throws -> Cutout {
    let border = ImageBorder(subject)
    var extrapolated = subject
    if let border { extrapolated.image = border.extrapolated(subject.image) }
    for candidate in methods {
      guard let mask = try candidate.mask(of: candidate.precision.isRefined ? extrapolated : subject) else {
        continue
      }
      guard !mask.plane.values.contains(where: \.isNaN) else {
        throw MaskError(
          "no-numbers",
          "the mask by the method \(candidate.name) has values that are not numbers; choose another method or model"
        )
      }
      return try cutout(of: subject, extrapolated: extrapolated.image, border, by: candidate, mask)
    }
    throw method == .parts
      ? MaskError(
        "no-parts",
        "the image has no part masks in CelebAMask-HQ's layout; use this method only for celebamask-hq sources",
        isOfFiles: true)
      : MaskError(
        "no-alpha", "the image has no transparent pixels; choose another method, such as auto or color-model")
  }

  private func cutout(
    of subject: MaskSubject, extrapolated: ImageBuffer, _ border: ImageBorder?, by method: any MaskMethod,
    _ mask: MaskPrediction
  ) throws -> Cutout {
    let image: ImageBuffer
    var alpha = mask.plane
    switch method.precision {
    case .exact:
      alpha = try painted(alpha, subject)
      image = subject.image.withAlpha(alpha.image)
    case .soft:
      alpha = try painted(alpha, subject)
      image = try extractForeground(subject.image, alpha: alpha)
    case .coarse, .matte:
      let refinement = method.precision == .matte ? Refinement.matte : .probability
      alpha = try refinement(alpha, image: extrapolated, face: subject.guide)
      alpha = try painted(border?.trimmed(alpha) ?? alpha, subject)
      image = try extractForeground(extrapolated, alpha: alpha)
    }
    let lint = try MaskLint(alpha, face: subject.face, disagreement: mask.disagreement)
    return Cutout(
      image: image,
      summary: Sample.MaskSummary(
        method: method.name, coverage: lint.coverage, flags: lint.flags,
        lint: method is Opaque ? nil : lint.numbers))
  }

  /// The mask with the painted labels applied.
  private func painted(_ alpha: Plane, _ subject: MaskSubject) throws -> Plane {
    guard let strokes = subject.strokes else { return alpha }
    return try strokes.applied(to: alpha, of: subject.image)
  }
}
