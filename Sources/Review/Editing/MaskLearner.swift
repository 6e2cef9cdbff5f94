/// Fine-tunes the dataset's mask network on corrected masks.
///
/// Stages do not import each other, so the command that starts the page provides the implementation.
public protocol MaskLearner: Sendable {
  /// The number of masks that were corrected by hand.
  ///
  /// - Throws: An `ItemFailure` if a correction cannot be read.
  func correctedMasks() throws -> Int

  /// Fine-tunes the network and measures it on corrected masks that were held out; no mask changes.
  ///
  /// - Throws: An `ItemFailure` if there are too few corrected masks, or if the training fails.
  func learn() async throws -> LearnedMasks

  /// Makes all masks again that depend on the network in use, and their measures.
  ///
  /// - Throws: The errors of the stages.
  func maskAgain() async throws

  /// Deletes the fine-tuned network, so that the built-in one is used again.
  func forget()
}

/// The result of a fine-tuning.
public struct LearnedMasks: Sendable, Equatable, Encodable {
  /// Whether the fine-tuned network is better on held-out masks; only then it is used.
  public var isBetter: Bool
  /// The mean absolute difference of alpha of the built-in network, 0 to 1.
  public var errorBefore: Double
  /// The same of the fine-tuned network.
  public var errorAfter: Double
  /// Some samples whose masks would change, those with the most doubtful masks first.
  public var examples: [String]

  /// A result with the given values.
  public init(isBetter: Bool, errorBefore: Double, errorAfter: Double, examples: [String]) {
    (self.isBetter, self.errorBefore, self.errorAfter) = (isBetter, errorBefore, errorAfter)
    self.examples = examples
  }
}
