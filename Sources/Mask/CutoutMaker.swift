public import Dataset
public import Foundation
public import Imaging
import Vision

/// A figure without its background.
public struct Cutout: Sendable {
  /// RGBA of the crop's size, straight, colours cleaned of the background.
  public var image: ImageBuffer
  /// The method that made it, its coverage and what looks wrong.
  public var summary: Sample.MaskSummary
}

/// Makes cutouts by one of the settings' methods.
///
/// One instance a worker: it may hold a network.
public final class CutoutMaker {
  private let methods: [any MaskMethod]
  private let wanted: MaskSettings.Method
  private let refinement = Refinement()

  /// A maker for `method`; `auto` takes the image's alpha, else part masks, else on photographs the portrait network
  /// where it is here, else GrabCut.
  ///
  /// - Parameters:
  ///   - method: The way.
  ///   - model: The network that `segment` runs; the default is the portrait network.
  ///   - models: Where a model lies, by its name; asked by `segment`, and by `auto`, which does without.
  /// - Throws: What `models` throws, and an `ItemFailure` where the network cannot be read.
  public init(
    _ method: MaskSettings.Method, model: String = "sinet", models: (String) throws -> URL
  ) throws {
    wanted = method
    methods =
      switch method {
      case .auto:
        [GivenAlpha(), PartMasks()] + (try PortraitSegmentation(models: models).map { [$0] } ?? [])
          + [GrabCutSegmentation()]
      case .alpha: [GivenAlpha()]
      case .parts: [PartMasks()]
      case .segment: [try Segmentation(model, models: models)]
      case .grabcut: [GrabCutSegmentation()]
      case .none: [Opaque()]
      }
  }

  /// The cutout of `subject`, made by the first method that applies to it.
  ///
  /// - Throws: `MaskError` where no method applies, `ImagingError` for a broken mask file, `VisionError`.
  public func callAsFunction(_ subject: MaskSubject) throws -> Cutout {
    let edge = PictureEdge(subject)
    var seen = subject
    if let edge { seen.image = edge.drawnOut(subject.image) }
    for method in methods {
      guard let answer = try method.mask(of: method.precision == .coarse ? seen : subject) else { continue }
      guard !answer.plane.values.contains(where: \.isNaN) else {
        throw MaskError(
          "no-numbers",
          "the method \(method.name) answered with values that are no numbers; choose another method or model"
        )
      }
      return try cutout(of: subject, seen: seen.image, edge, by: method, answer)
    }
    throw wanted == .parts
      ? MaskError(
        "no-parts",
        "no part masks lie beside it in CelebAMask-HQ's layout; use this method for celebamask-hq sources alone",
        isOfFiles: true)
      : MaskError(
        "no-alpha", "the image has no transparent pixels; choose another method, such as auto or grabcut")
  }

  private func cutout(
    of subject: MaskSubject, seen: ImageBuffer, _ edge: PictureEdge?, by method: any MaskMethod,
    _ answer: MaskAnswer
  ) throws -> Cutout {
    let image: ImageBuffer
    var alpha = answer.plane
    switch method.precision {
    case .exact:
      alpha = try painted(alpha, subject)
      image = subject.image.withAlpha(alpha.image)
    case .soft:
      alpha = try painted(alpha, subject)
      image = try cutOut(subject.image, alpha: alpha)
    case .coarse:
      alpha = try refinement(alpha, image: seen, face: subject.guide)
      alpha = try painted(edge?.trimmed(alpha) ?? alpha, subject)
      image = try cutOut(seen, alpha: alpha)
    }
    let lint = try MaskLint(alpha, face: subject.face, disagreement: answer.disagreement)
    return Cutout(
      image: image,
      summary: Sample.MaskSummary(
        method: method.name, coverage: lint.coverage, flags: lint.flags,
        lint: method is Opaque ? nil : lint.numbers))
  }

  /// The mask with what a person painted above it.
  private func painted(_ alpha: Plane, _ subject: MaskSubject) throws -> Plane {
    guard let strokes = subject.strokes else { return alpha }
    return try strokes.applied(to: alpha, of: subject.image)
  }
}
