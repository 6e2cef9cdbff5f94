import Dataset
public import Imaging
public import Mask

/// What copying a corrected mask to another sample would do there.
public struct PropagationSuggestion: Sendable {
  /// The sample that would be corrected.
  public let id: String
  /// The path of its image, with the face's number if it has several.
  public let path: String
  /// How many strokes the correction has; 0 if it chose another method instead.
  public internal(set) var strokes = 0
  /// How many of the strokes fit the sample's picture.
  public internal(set) var propagated = 0
  /// How similar the two pictures are at the corrected pixels, 0 to 1.
  public internal(set) var agreement = 0.0
  /// The mean difference of alpha between the sample's mask and the corrected one, at the corrected pixels.
  public internal(set) var before = 0.0
  /// The same difference after propagation.
  public internal(set) var after = 0.0
  /// Why it should not be applied; nil if it can be.
  public internal(set) var refusal: MaskError?
  /// The cutout after propagation; nil if nothing can be propagated.
  public internal(set) var cutout: ImageBuffer?
  /// The edit that would be saved.
  var edit: MaskEdit?

  init(id: String, path: String) { (self.id, self.path) = (id, path) }

  /// The suggestion, refused for `reason`.
  func refused(_ reason: Reason, _ sentence: String) -> PropagationSuggestion {
    var suggestion = self
    suggestion.refusal = MaskError(reason, sentence)
    return suggestion
  }
}
