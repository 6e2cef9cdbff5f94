import Dataset
public import Imaging
public import Mask

/// A suggestion to copy a corrected mask to another sample, with its expected effect.
public struct PropagationSuggestion: Sendable {
  /// The sample that would be corrected.
  public let id: String
  /// The path of its image, with the face's number if it has several.
  public let path: String
  /// The number of strokes of the correction; 0 if another method was chosen instead.
  public internal(set) var strokes = 0
  /// The number of strokes that fit the sample's image.
  public internal(set) var propagated = 0
  /// The similarity of the two images at the corrected pixels, 0...1.
  public internal(set) var agreement = 0.0
  /// The mean difference of alpha between the sample's mask and the corrected one, at the corrected pixels.
  public internal(set) var before = 0.0
  /// The same difference after propagation.
  public internal(set) var after = 0.0
  /// The reason why it should not be applied; nil if it can be.
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
