import Dataset
public import Foundation
import Imaging
import Ledger
public import Mask
import Vision

/// Copies one sample's corrected mask to samples that show nearly the same image: neighbouring frames and copies.
///
/// Nothing is saved before `accept`. The crops are registered, and strokes are copied where both are similar. The new mask
/// must be closer to the corrected one at the corrected pixels, and not further from it elsewhere. Samples that a user
/// painted on are refused.
///
/// Each task has its own instance, because it may own a network.
public final class PropagationSuggestions {
  /// A mask that differs less than this from the corrected one needs no correction.
  private static let minDifference: Float = 0.03
  /// The maximum difference after propagation, at the corrected pixels.
  private static let maxDifference: Float = 0.2
  /// The maximum loss elsewhere, as a fraction of the gain at the corrected pixels.
  private static let maxLoss: Float = 0.2

  private let stage: MaskStage
  private let extractors: ExtractorCache
  private let source: MaskItem
  private let correction: Correction

  /// The correction of sample `id` in the dataset of `stage`.
  ///
  /// - Throws: `MaskError` with `unknown-sample`, or `no-edit` if its mask was not corrected; the errors of masking.
  public init(of id: String, by stage: MaskStage) throws {
    (self.stage, extractors) = (stage, ExtractorCache(learned: stage.learned.file, models: stage.models))
    source = try Self.item(id, of: stage)
    guard let edit = try stage.edits.edit(of: id) else {
      throw MaskError(
        "no-edit", "its mask has no correction; correct it in easel review or with easel edits import")
    }
    let crop = try ImageFile.read(stage.output.crop(id)).image
    correction = try Correction(
      crop.converted(to: .rgb), layer: try edit.layer(on: crop.size, cut: source.crop.cut),
      alpha: try Self.alpha(stage.cutout(of: source, with: edit, extractors)),
      before: try Self.alpha(stage.cutout(of: source, with: nil, extractors)))
  }

  private static func item(_ id: String, of stage: MaskStage) throws -> MaskItem {
    guard let item = try stage.items(called: [id]).first?.item else {
      throw MaskError(
        "unknown-sample", "there is no sample \(id); metadata.jsonl lists the IDs and paths")
    }
    return item
  }

  private static func alpha(_ cutout: Cutout) -> Plane {
    cutout.image.alpha.map { Plane($0) }
      ?? Plane(
        width: cutout.image.width, height: cutout.image.height,
        values: [Float](repeating: 1, count: cutout.image.size.area))
  }

  /// The IDs of samples that may show nearly the same image, most similar first.
  ///
  /// - Throws: `LedgerError`.
  public func candidates() throws -> [String] {
    SimilarSamples(of: source.crop.id, among: try stage.ledger.sampleLines(measuring: [])).ids
  }

  /// The suggestion to copy the correction to sample `id`.
  ///
  /// - Throws: `LedgerError`, `MaskError` with `unknown-sample`, `ImagingError`, `VisionError`, what `models` throws.
  public func suggestion(for id: String) throws -> PropagationSuggestion {
    let item = try Self.item(id, of: stage)
    let suggestion = PropagationSuggestion(id: id, path: item.path)
    guard id != source.crop.id else {
      return suggestion.refused("same-sample", "it is the corrected sample itself")
    }
    let own = try stage.edits.edit(of: id)
    guard own?.layer == nil || own?.propagatedFrom != nil else {
      return suggestion.refused("own-strokes", "its mask was already painted by hand, which is kept")
    }
    let evaluated = try evaluated(suggestion, for: item, method: own?.method)
    return evaluated.refusal == nil && evaluated.edit == own
      ? evaluated.refused("fits-already", "this correction was already applied to its mask") : evaluated
  }

  private func evaluated(
    _ start: PropagationSuggestion, for item: MaskItem, method: MaskSettings.Method?
  ) throws -> PropagationSuggestion {
    var suggestion = start
    let crop = try ImageFile.read(stage.output.crop(item.crop.id)).image
    guard
      var propagation = try MaskPropagation(
        correction, to: crop.converted(to: .rgb), guesses: guesses(item.crop))
    else { return suggestion.refused("not-alike", "its image differs too much from the corrected one") }
    suggestion.strokes = correction.strokeCount
    (suggestion.propagated, suggestion.agreement) = (
      propagation.strokeCount, Double(propagation.agreement)
    )
    guard propagation.agreement >= MaskPropagation.minAgreement || propagation.strokeCount > 0 else {
      return suggestion.refused(
        "strokes-differ", "its image differs from the corrected one at the corrected pixels")
    }
    let before = try Self.alpha(stage.cutout(of: item, with: MaskEdit(method: method), extractors))
    var edit = MaskEdit(layer: propagation.layer, matrix: item.crop.cut?.matrix, method: method)
    edit.propagatedFrom = source.crop.id
    var cutout = try stage.cutout(of: item, with: edit, extractors)
    if try propagation.complete(Self.alpha(cutout), before: before) {
      edit.layer = propagation.layer
      cutout = try stage.cutout(of: item, with: edit, extractors)
    }
    let (old, new) = (propagation.distance(of: before), propagation.distance(of: Self.alpha(cutout)))
    (suggestion.before, suggestion.after) = (Double(old.corrected), Double(new.corrected))
    (suggestion.cutout, suggestion.edit) = (cutout.image, edit)
    guard !propagation.layer.isEmpty, old.corrected >= Self.minDifference else {
      return suggestion.refused("fits-already", "its mask already agrees with the corrected one")
    }
    let gain = (old.corrected - new.corrected) * old.pixels
    guard gain > 0, new.corrected <= Self.maxDifference,
      new.elsewhere - old.elsewhere <= Self.maxLoss * gain
    else {
      return suggestion.refused("mask-differs", "its mask would still differ from the corrected one")
    }
    return suggestion
  }

  /// The map between the crops if the camera did not move between the frames.
  private func guesses(_ crop: CropRow) -> [AffineMap] {
    guard let back = source.crop.cut?.matrix.inverse, let cut = crop.cut else { return [] }
    return [back.then(cut.matrix)]
  }

  /// Saves the edit of a suggestion; the sample must be masked again afterwards.
  ///
  /// - Returns: The layer's file.
  /// - Throws: The suggestion's refusal; `WriteError`, `ImagingError`.
  @discardableResult
  public func accept(_ suggestion: PropagationSuggestion) throws -> URL {
    if let refusal = suggestion.refusal { throw refusal }
    if let edit = suggestion.edit { try stage.edits.save(edit, of: suggestion.id) }
    return stage.edits.file(of: suggestion.id)
  }
}

extension MaskStage {
  /// The ID of the only sample whose ID is or starts with `name`, or whose image has that path.
  ///
  /// - Throws: `LedgerError`; `MaskError` with `unknown-sample` if there is none, or more than one.
  public func identity(of name: String) throws -> String {
    let found = try ledger.sampleLines(measuring: []).filter {
      $0.path == name || (name.count >= 4 && $0.id.hasPrefix(name))
    }
    guard let only = found.first, found.count == 1 else {
      throw MaskError(
        "unknown-sample",
        found.isEmpty
          ? "there is no sample \(name); metadata.jsonl lists the IDs and paths"
          : "\(found.count) samples match \(name), such as \(found[0].id) and \(found[1].id); name one ID"
      )
    }
    return only.id
  }

  /// The IDs of the samples with strokes that were copied from sample `id`.
  ///
  /// - Throws: `ImagingError`, `MaskError` for a broken edit.
  public func propagated(from id: String) throws -> [String] {
    try edits.ids.filter { try edits.edit(of: $0)?.propagatedFrom == id }
  }

  /// Removes the strokes that were copied to sample `id`; strokes painted by hand are kept.
  ///
  /// - Throws: `WriteError`, `ImagingError`, `MaskError` for a broken edit.
  public func removePropagated(_ id: String) throws {
    guard var edit = try edits.edit(of: id), edit.propagatedFrom != nil else { return }
    edit.layer = nil
    try edits.save(edit, of: id)
  }
}
