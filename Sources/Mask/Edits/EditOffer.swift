import Dataset
public import Imaging

/// What a corrected mask can do for another sample.
public struct EditOffer: Sendable {
  /// The sample that it is offered to.
  public let id: String
  /// Its image as a person would name it.
  public let path: String
  /// How many strokes the correction has; 0 where another method was chosen.
  public internal(set) var strokes = 0
  /// How many of them agree with the sample's picture.
  public internal(set) var carried = 0
  /// How alike the two pictures are where the correction is, 0 to 1.
  public internal(set) var agreement = 0.0
  /// How far the sample's mask is from the corrected one where that was corrected, as a mean difference of alpha.
  public internal(set) var before = 0.0
  /// How far it would be.
  public internal(set) var after = 0.0
  /// Why it is not to be applied; nil where it agrees.
  public internal(set) var refusal: MaskError?
  /// The cutout as it would be; nil where nothing can be carried at all.
  public internal(set) var cutout: ImageBuffer?
  /// What would be painted, and on which crop.
  var edit: MaskEdit?

  init(id: String, path: String) { (self.id, self.path) = (id, path) }

  /// The offer, refused for `reason`.
  func refused(_ reason: Reason, _ sentence: String) -> EditOffer {
    var offer = self
    offer.refusal = MaskError(reason, sentence)
    return offer
  }
}
