import Dataset
public import Foundation
import Imaging
import Ledger
import Vision

/// One sample's corrected mask, offered to samples that show nearly the same: neighbouring frames, copies.
///
/// Nothing is taken over unseen. The crops are laid on each other; strokes go where both look alike; and the mask that
/// comes of it must be nearer to the corrected one where that was corrected, and no further from it elsewhere. What
/// a person painted on the other sample stands: it is refused there.
///
/// One instance a task: it may hold a network.
public final class EditOffers {
  /// The least that a mask must differ from the corrected one for there to be something to mend.
  private static let leastFault: Float = 0.03
  /// The most that a mended mask may differ from it, where it was corrected.
  private static let mostFault: Float = 0.2

  /// The most that it may lose elsewhere, as a share of what it gains.
  private static let mostSpoilt: Float = 0.2

  private let stage: MaskStage
  private let makers: MaskStage.Makers
  private let source: MaskItem
  private let correction: Correction

  /// The correction of sample `id` in the dataset of `stage`.
  ///
  /// - Throws: `MaskError` with `unknown-sample`, or `no-edit` where nobody corrected its mask; what masking throws.
  public init(of id: String, by stage: MaskStage) throws {
    (self.stage, makers) = (stage, MaskStage.Makers(models: stage.models))
    guard let item = try stage.items(called: [id]).first?.item else {
      throw MaskError("unknown-sample", "no sample is called \(id); metadata.jsonl lists names and paths")
    }
    guard let edit = try stage.edits.edit(of: id) else {
      throw MaskError(
        "no-edit", "nobody has painted over its mask; correct it in easel review or with easel edits import")
    }
    let crop = try ImageFile.read(stage.output.crop(id)).image
    let alpha = try Self.alpha(stage.cutout(of: item, with: edit, makers))
    source = item
    correction = try Correction(
      crop.converted(to: .rgb), layer: try edit.layer(on: crop.size, cut: item.crop.cut), alpha: alpha,
      before: try Self.alpha(stage.cutout(of: item, with: nil, makers)))
  }

  private static func alpha(_ cutout: Cutout) -> Plane {
    cutout.image.alpha.map { Plane($0) }
      ?? Plane(
        width: cutout.image.width, height: cutout.image.height,
        values: [Float](repeating: 1, count: cutout.image.size.area))
  }

  /// The samples that may show nearly the same, nearest first.
  ///
  /// - Throws: `LedgerError`.
  public func neighbours() throws -> [String] {
    Neighbours(of: source.crop.id, among: try stage.ledger.sampleLines(measuring: [])).ids
  }

  /// What the correction would do to sample `id`.
  ///
  /// - Throws: `LedgerError`, `MaskError` with `unknown-sample`, `ImagingError`, `VisionError`, what `models` throws.
  public func offer(to id: String) throws -> EditOffer {
    guard let item = try stage.items(called: [id]).first?.item else {
      throw MaskError("unknown-sample", "no sample is called \(id); metadata.jsonl lists names and paths")
    }
    let offer = EditOffer(id: id, path: item.path)
    guard id != source.crop.id else {
      return offer.refused("same-sample", "it is the corrected sample itself")
    }
    let own = try stage.edits.edit(of: id)
    guard own?.layer == nil || own?.carriedFrom != nil else {
      return offer.refused("own-strokes", "somebody painted over its mask already, and that stands")
    }
    let judged = try judged(offer, to: item, method: own?.method)
    return judged.refusal == nil && judged.edit == own
      ? judged.refused("fits-already", "its mask holds this correction already") : judged
  }

  private func judged(_ start: EditOffer, to item: MaskItem, method: MaskSettings.Method?) throws -> EditOffer
  {
    var offer = start
    let crop = try ImageFile.read(stage.output.crop(item.crop.id)).image
    guard var carrying = try Carrying(correction, to: crop.converted(to: .rgb), guesses: guesses(item.crop))
    else { return offer.refused("not-alike", "its picture is not nearly the same") }
    offer.strokes = correction.strokeCount
    (offer.carried, offer.agreement) = (carrying.carried, Double(carrying.agreement))
    guard carrying.agreement >= Carrying.leastAgreement || carrying.carried > 0 else {
      return offer.refused(
        "strokes-differ", "its picture differs from the corrected one where that was corrected")
    }
    let before = try Self.alpha(stage.cutout(of: item, with: MaskEdit(method: method), makers))
    var edit = MaskEdit(layer: carrying.layer, matrix: item.crop.cut?.matrix, method: method)
    edit.carriedFrom = source.crop.id
    var cutout = try stage.cutout(of: item, with: edit, makers)
    if try carrying.complete(Self.alpha(cutout), before: before) {
      edit.layer = carrying.layer
      cutout = try stage.cutout(of: item, with: edit, makers)
    }
    let (old, new) = (carrying.distance(of: before), carrying.distance(of: Self.alpha(cutout)))
    (offer.before, offer.after) = (Double(old.corrected), Double(new.corrected))
    (offer.cutout, offer.edit) = (cutout.image, edit)
    guard !carrying.layer.isEmpty, old.corrected >= Self.leastFault else {
      return offer.refused("fits-already", "its mask is as the corrected one there")
    }
    let gain = (old.corrected - new.corrected) * old.pixels
    guard gain > 0, new.corrected <= Self.mostFault, new.elsewhere - old.elsewhere <= Self.mostSpoilt * gain
    else {
      return offer.refused("mask-differs", "its mask would not come out as the corrected one")
    }
    return offer
  }

  /// How the crops would lie on each other if the camera stood still between them.
  private func guesses(_ crop: CropRow) -> [AffineMap] {
    guard let back = source.crop.cut?.matrix.inverse, let cut = crop.cut else { return [] }
    return [back.then(cut.matrix)]
  }

  /// Keeps what an offer would paint; its mask is to be made anew then.
  ///
  /// - Returns: The layer's file.
  /// - Throws: The offer's refusal; `WriteError`, `ImagingError`.
  @discardableResult
  public func accept(_ offer: EditOffer) throws -> URL {
    if let refusal = offer.refusal { throw refusal }
    if let edit = offer.edit { try stage.edits.save(edit, of: offer.id) }
    return stage.edits.file(of: offer.id)
  }
}

extension MaskStage {
  /// The identity of the only sample whose identity is, or begins with, `name`, or that is cut from the image of that
  /// path.
  ///
  /// - Throws: `LedgerError`; `MaskError` with `unknown-sample` where there is none, or more than one.
  public func identity(of name: String) throws -> String {
    let found = try ledger.sampleLines(measuring: []).filter {
      $0.path == name || (name.count >= 4 && $0.id.hasPrefix(name))
    }
    guard let only = found.first, found.count == 1 else {
      throw MaskError(
        "unknown-sample",
        found.isEmpty
          ? "no sample is called \(name); metadata.jsonl lists names and paths"
          : "\(found.count) samples are called \(name), such as \(found[0].id) and \(found[1].id); give one identity"
      )
    }
    return only.id
  }

  /// The samples that hold strokes carried over from sample `id`, by identity.
  ///
  /// - Throws: `ImagingError`, `MaskError` for a broken edit.
  public func carried(from id: String) throws -> [String] {
    try edits.ids.filter { try edits.edit(of: $0)?.carriedFrom == id }
  }

  /// Removes strokes that were carried over to sample `id`; a person's own stay.
  ///
  /// - Throws: `WriteError`, `ImagingError`, `MaskError` for a broken edit.
  public func takeBackCarried(_ id: String) throws {
    guard var edit = try edits.edit(of: id), edit.carriedFrom != nil else { return }
    edit.layer = nil
    try edits.save(edit, of: id)
  }
}
